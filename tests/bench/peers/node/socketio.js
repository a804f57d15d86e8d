// Socket.IO with the handlers of the measurement: an echo, asked or not, and a room.
const { createServer } = require('http');
const { Server } = require('socket.io');

const http = createServer();
const io = new Server(http, { transports: ['websocket'], perMessageDeflate: false });

io.on('connection', (socket) => {
  socket.on('echo', (body, answer) => (answer ? answer(body) : socket.emit('echo', body)));
  socket.on('join', (room, answer) => {
    socket.join(room);
    answer();
  });
  socket.on('message', (body) => io.to('hall').emit('message', body));
});
http.listen(0, '127.0.0.1', () => console.log(`listening ws://127.0.0.1:${http.address().port}/`));

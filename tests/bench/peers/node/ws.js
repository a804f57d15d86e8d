// The plain WebSocket server `ws`: sends each message back, or to everyone with --fan-out.
const { WebSocketServer } = require('ws');

const fanOut = process.argv.includes('--fan-out');
const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });

server.on('listening', () => console.log(`listening ws://127.0.0.1:${server.address().port}/`));
server.on('connection', (socket) => {
  socket.on('message', (data, isBinary) => {
    if (!fanOut) return socket.send(data, { binary: isBinary });
    for (const client of server.clients) client.send(data, { binary: isBinary });
  });
  socket.on('error', () => socket.terminate());
});

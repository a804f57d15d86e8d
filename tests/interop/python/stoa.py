"""One real `stoa serve` for a test, ended by its process id.

STOA_BIN is the program, STOA_PLUGINS the folder of the shipped plugins and the probe.
"""

import asyncio
import contextlib
import os
import pathlib
import signal
import tempfile

PATIENCE = 10


@contextlib.asynccontextmanager
async def serve(namespaces, workers=1, server=""):
    """Starts a server with these namespace tables and yields its address."""
    with tempfile.TemporaryDirectory() as folder:
        manifest = pathlib.Path(folder) / "stoa.toml"
        manifest.write_text(
            f'[server]\nlisten = ["127.0.0.1:0"]\nworkers = {workers}\ndrain_grace_ms = 0\n{server}\n'
            f'[plugins]\ndirectory = "{os.environ["STOA_PLUGINS"]}"\n{namespaces}\n',
            encoding="utf-8",
        )
        log = open(pathlib.Path(folder) / "log", "w+b")
        process = await asyncio.create_subprocess_exec(
            os.environ["STOA_BIN"], "serve", str(manifest),
            stdout=asyncio.subprocess.PIPE, stderr=log,
        )
        try:
            line = await asyncio.wait_for(process.stdout.readline(), PATIENCE)
            word, _, address = line.decode().strip().partition(" ")
            assert word == "listening", f"stoa did not listen:\n{read(log)}"
            yield address
        finally:
            await stop(process)
            assert process.returncode == 0, f"stoa ended badly:\n{read(log)}"
            log.close()


def read(log):
    log.seek(0)
    return log.read().decode(errors="replace")


async def stop(process):
    if process.returncode is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        await asyncio.wait_for(process.wait(), PATIENCE)
    except asyncio.TimeoutError:
        process.kill()
        await process.wait()

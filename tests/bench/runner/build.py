"""Builds what is measured: our server, the load client, and the peers."""
import dataclasses
import os
import pathlib
import shutil
import subprocess


@dataclasses.dataclass
class Paths:
    """What was built. A peer whose toolchain or registry is not there is None."""
    stoa: pathlib.Path
    plugins: pathlib.Path
    crowd: pathlib.Path
    load: pathlib.Path
    bare: pathlib.Path
    neffos: pathlib.Path | None
    node: pathlib.Path | None
    scratch: pathlib.Path


def ours(tree, build):
    """Builds our server, the load client and the bare server into `build`.

    Returns the Paths without the other peers; raises SystemExit if something does not build.
    """
    bench = build / "bench"
    bench.mkdir(parents=True, exist_ok=True)
    _cmake(tree, build)
    _cmake(tree / "tests/bench", bench)
    return Paths(
        stoa=build / "bin/stoa", plugins=build / "plugins", crowd=bench / "plugins/crowd.so",
        load=bench / "bench_load", bare=bench / "bench_bare", neffos=None, node=None, scratch=bench)


def everything(tree, build):
    """The same, and the peers in Go and Node as far as they can be built here."""
    peers = tree / "tests/bench/peers"
    paths = ours(tree, build)
    return dataclasses.replace(paths, neffos=_go(peers / "neffos", paths.scratch / "bench_neffos"),
                               node=_npm(peers / "node", paths.scratch / "node"))


def _cmake(source, build):
    try:
        if not (build / "CMakeCache.txt").exists():
            _quiet(["cmake", "-S", source, "-B", build, "-G", "Ninja",
                    "-DCMAKE_BUILD_TYPE=RelWithDebInfo"])
        _quiet(["cmake", "--build", build])
    except subprocess.CalledProcessError as error:
        last = "\n".join(error.output.splitlines()[-20:])
        raise SystemExit(f"{source} does not build:\n{last}") from None


def _go(source, product):
    if shutil.which("go") is None:
        print("left out: neffos, for want of Go")
        return None
    return _peer("neffos", ["go", "build", "-o", product, "."], source, product)


def _npm(source, folder):
    """npm writes beside package.json, so it gets a copy outside the tree."""
    if shutil.which("npm") is None:
        print("left out: ws and Socket.IO, for want of npm")
        return None
    shutil.copytree(source, folder, dirs_exist_ok=True)
    command = ["npm", "install", "--no-package-lock", "--no-audit", "--no-fund"]
    return _peer("ws and Socket.IO", command, folder, folder)


def _peer(name, command, folder, product):
    try:
        _quiet(command, cwd=folder)
        return product
    except subprocess.CalledProcessError as error:
        print(f"left out: {name}, which does not build: {error.output.strip().splitlines()[-1:]}")
        return None


def _quiet(command, cwd=None):
    subprocess.run([os.fspath(part) for part in command], cwd=cwd, check=True, text=True,
                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

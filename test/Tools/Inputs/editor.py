"""An editor at winnow-lsp-server: messages with lengths, answers while the session is open, an end without goodbye."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

URI = "test:///net.mlir"
TEXT = """func.func @main(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %y = cnn.relu %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return %y : tensor<2x3xf32>
}"""


class Editor:
    def __init__(self, program: str):
        self.server = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def send(self, method: str, params: dict, **more) -> None:
        body = json.dumps({"jsonrpc": "2.0", "method": method, "params": params, **more}, ensure_ascii=False).encode()
        self.server.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.server.stdin.flush()

    def receive(self, id: int) -> dict:
        """The answer to the request of that id; the lengths must fit for it to be read."""
        while True:
            header = self.server.stdout.readline()
            assert header.startswith(b"Content-Length: ") and self.server.stdout.readline() == b"\r\n", header
            message = json.loads(self.server.stdout.read(int(header.split()[1])))
            if message.get("id") == id:
                return message["result"]

    def ask(self, id: int, method: str, params: dict) -> dict:
        self.send(method, params, id=id)
        return self.receive(id)


def hover_at(line: int, character: int) -> dict:
    return {"textDocument": {"uri": URI}, "position": {"line": line, "character": character}}


def is_running(process: int) -> bool:
    """False also for one that has ended and that nobody has waited for."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def open_file(program: str) -> Editor:
    editor = Editor(program)
    editor.ask(1, "initialize", {"processId": os.getpid(), "rootUri": None, "capabilities": {}})
    editor.send("textDocument/didOpen", {"textDocument": {"uri": URI, "languageId": "mlir", "version": 1, "text": TEXT}})
    return editor


def check_session(program: str) -> None:
    editor = open_file(program)
    relu = editor.ask(2, "textDocument/hover", hover_at(1, 8))["contents"]["value"]
    assert relu.startswith('"cnn.relu"') and "\n---\n\n_Max(x, 0)_\n" in relu, relu
    func = editor.ask(3, "textDocument/hover", hover_at(0, 2))["contents"]["value"]
    assert func.startswith('"func.func"') and "---" not in func, func
    editor.ask(4, "shutdown", {})
    editor.send("exit", {})
    assert editor.server.wait(60) == 0
    assert editor.server.stdout.read() == b""
    print("session ended with 0")


def check_kill(program: str) -> None:
    editor = open_file(program)
    editor.ask(2, "textDocument/hover", hover_at(1, 8))
    pid = editor.server.pid
    children = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    assert children, "the server has no process of its own"
    editor.server.kill()
    deadline = time.monotonic() + 60
    while any(map(is_running, children)):
        assert time.monotonic() < deadline, f"still there: {children}"
        time.sleep(0.02)
    print("killed with all it started")


if __name__ == "__main__":
    check_session(sys.argv[1])
    check_kill(sys.argv[1])

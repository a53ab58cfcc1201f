/** Ways out of a sealed Python, each as a cell. It fails, or says nothing: where it has a result, it got through. */

/** Looks for what the seal took away, in the memory where everything still is. */
export const searching = `
import ctypes, gc, os, posix, socket, sys, types
from importlib.machinery import BuiltinImporter
C = ctypes.CDLL(None)
def found(name):
    return [one for one in gc.get_objects() if type(one).__name__ == name]
def builtin(name):
    return next(one for module in (posix,) for one in gc.get_objects() if type(one).__name__ == "builtin_function_or_method" and one.__name__ == name)
def core():
    return __import__("_imp").create_builtin(BuiltinImporter.find_spec("_pyodide_core"))
def held(name):
    return next(one.jsproxies[name] for one in found("JsFinder") if name in one.jsproxies)
def bridge():
    return held("js")
def pyodide():
    return held("pyodide_js")
def objects():
    return [one for one in gc.get_objects() if type(one).__name__.startswith("Js")]
def said(value):
    """What a call into C gave, unless it was an error."""
    return value if value not in (0, 1, -1, -52, None, b"") else None
`;

/** `secret` is a file of the host, `port` one that is listened on. */
export const waysOut = (secret: string, port: number): Record<string, string> => ({
  "a file of the host": `open("${secret}").read()`,
  "a file of the host, by a link": `os.symlink("${secret}", "/tmp/link"); open("/tmp/link").read()`,
  "a file of the host, through the files of a process": `open("/proc/self/root${secret}").read()`,
  "the environment of the process": `open("/proc/self/environ").read()`,
  "the environment": `[item for item in os.environ.items() if "TOKEN" in item[0] or item[1] == "${process.env["PATH"]}"] or None`,
  "the environment in C": `C.getenv.restype = ctypes.c_char_p; C.getenv(b"DAIMON_TOKEN")`,
  "folders of the host": `[name for name in os.listdir("/") if name in ("etc", "usr", "root", "work", "var")] or None`,
  "descriptors of the process": `
got = []
for number in range(3, 64):
    try: got.append(os.read(number, 10))
    except OSError: pass
got or None`,
  "a frame of its own on the channel": `
frame = b'{"type":"failed","why":"forged"}'
for number in range(3, 64):
    try: os.write(number, len(frame).to_bytes(4, "little") + frame)
    except OSError: pass`,
  "the channel, by name": `os.open("/dev/fd/3", os.O_RDWR)`,
  "a command": `os.system("cp ${secret} ${secret}.copy")`,
  "a command, by the function that was hidden": `said(builtin("system")("cp ${secret} ${secret}.copy"))`,
  "a command, in C": `said(C.system(b"cp ${secret} ${secret}.copy"))`,
  "a command, by popen": `os.popen("cat ${secret}").read()`,
  "a command, by subprocess": `import subprocess; subprocess.run(["cat", "${secret}"], capture_output=True).stdout`,
  "another program": `os.execv("/bin/cat", ["cat", "${secret}"])`,
  "another process": `os.fork()`,
  "another thread": `import threading; threading.Thread(target=print).start()`,
  "a signal to another process": `os.kill(1, 0)`,
  "a connection": `socket.create_connection(("127.0.0.1", ${port}), timeout=1)`,
  "a connection, in C": `said(C.socket(2, 1, 0))`,
  "a door that is listened at": `s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen()`,
  "a datagram": `socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", ${port}))`,
  "a socket of this machine": `socket.socket(socket.AF_UNIX).connect("/run/daimon.sock")`,
  "a page": `import urllib.request; urllib.request.urlopen("http://127.0.0.1:${port}").read()`,
  "the answer to a name": `next(address for *_, address in socket.getaddrinfo("localhost", 80) if address[0] == "::1")`,
  "JavaScript, as Pyodide offers it": `from pyodide.code import run_js; run_js("1 + 1")`,
  "JavaScript, by its module": `import js; js.process`,
  "JavaScript, by modules made again": `core().create_proxy([1]).constructor.constructor("return 1")()`,
  "JavaScript, by a list of it": `core().to_js([1]).constructor`,
  "JavaScript, by an object of it": `core().to_js({"a": 1}).toString()`,
  "a new object of JavaScript": `list(dir(core().JsProxy.new())) or None`,
  "what lies in the memory: the globals": `dir(bridge()) or None`,
  "what lies in the memory: a way to run": `bridge().eval("1")`,
  "what lies in the memory: the process": `bridge().process.binding("fs")`,
  "what lies in the memory: other threads": `bridge().Worker`,
  "what lies in the memory: memory of other threads": `bridge().SharedArrayBuffer.new(8)`,
  "what lies in the memory: messages to other threads": `pyodide().constructor.constructor("postMessage")`,
  "what lies in the memory: machine code": `bridge().WebAssembly.Memory.new()`,
  "what lies in the memory: Pyodide's insides": `pyodide()._module`,
  "what lies in the memory: files of the host": `pyodide().FS.filesystems.NODEFS`,
  "what lies in the memory: prototypes": `pyodide().__proto__.polluted`,
  "what lies in the memory: to write there": `bridge().polluted = 1; bridge().polluted`,
  "what lies in the memory: any object": `
got = []
for one in objects():
    for use in (lambda: one.constructor, lambda: one(), lambda: list(one), lambda: one[0], lambda: one.new(), lambda: one.__proto__):
        try: got.append(use())
        except BaseException: pass
[one for one in got if type(one).__name__.startswith("Js")] or None`,
  "a module by an address of JavaScript": `import importlib; importlib.import_module("data:text/javascript,1")`,
  "a library of machine code": String.raw`
with open("/tmp/own.so", "wb") as file: file.write(b"\0asm\1\0\0\0\0\x0f\x08dylink.0\1\4\0\0\0\0")
ctypes.CDLL("/tmp/own.so")`,
  "functions of JavaScript, by name in C": `
got = []
for name in ("raw_call_js", "emscripten_run_script", "emscripten_run_script_string", "emscripten_run_script_int", "JsvFunction_Construct",
             "emscripten_asm_const_int", "JsProxy_GetAttr_js", "emscripten_fetch", "emscripten_wget", "emscripten_websocket_new",
             "emscripten_create_worker", "emscripten_async_load_script", "_emscripten_system"):
    try: call = getattr(C, name)
    except AttributeError: continue
    call.restype = ctypes.c_int
    try: got.append(said(call(b"1 + 1")))
    except BaseException: pass
[one for one in got if one is not None] or None`,
  "more memory than it may have": `C.sbrk.restype = ctypes.c_int; said(C.sbrk(ctypes.c_uint32(2**30)))`,
  "the secret, anywhere in its memory": `
# Told by its letters' neighbours: what is looked for shall not be found for being looked for.
neighbours = bytes(range(1, 256)) + bytes(1)
needle = b"eno\`tfdsfu"
got = 0
for at in range(0, C.emscripten_get_heap_size() - (1 << 21), 1 << 20):
    got += ctypes.string_at(at + 1, (1 << 20) + 32).translate(neighbours).count(needle)
got or None`,
  "frames of others": `[frame for frame in sys._current_frames().values() if "pyodide" in frame.f_code.co_filename] or None`,
  "a package from elsewhere": `import micropip; micropip.install("x")`,
});

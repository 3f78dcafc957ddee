"""A real Chromium without a window, driven over two pipes with the DevTools protocol; nothing listens on a port."""

from __future__ import annotations

import base64
import itertools
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

CHROMIUM = os.environ.get("CHROMIUM", "chromium")  # an older one can be tried as well
_PATIENCE = 30.0
_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-extensions", "--disable-dev-shm-usage",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-default-browser-check",
    "--remote-debugging-pipe",
)  # fmt: skip

_CLOCK = """{
    const shift = %s;
    const Real = Date;
    globalThis.Date = class extends Real {
        constructor(...given) { given.length ? super(...given) : super(Real.now() + shift) }
        static now() { return Real.now() + shift }
    };
}"""


class PageError(AssertionError):
    """The page threw, or did not come to what a test waits for."""


class Browser:
    """One Chromium with one profile. `page` opens a tab, of the profile or of a person who shares nothing with it."""

    def __init__(self, process: subprocess.Popen[bytes], read: int, write: int) -> None:
        self._process, self._read, self._write = process, read, write
        self._ids = itertools.count(1)
        self._waiting = b""
        self.events: list[dict[str, Any]] = []

    def call(self, method: str, session: str | None = None, **params: Any) -> Any:
        """The result of one command; events that come meanwhile are kept."""
        number = next(self._ids)
        message = {"id": number, "method": method, "params": params} | ({"sessionId": session} if session else {})
        rest = memoryview(json.dumps(message).encode() + b"\0")
        while rest:
            rest = rest[os.write(self._write, rest) :]
        while True:
            answer = self._message()
            if answer.get("id") != number:
                self.events.append(answer)
            elif "error" in answer:
                raise PageError(f"{method}: {answer['error']}")
            else:
                return answer["result"]

    def _message(self) -> dict[str, Any]:
        while b"\0" not in self._waiting:
            block = os.read(self._read, 1 << 20)
            if not block:
                raise PageError(f"the browser ended ({self._process.poll()})")
            self._waiting += block
        text, _, self._waiting = self._waiting.partition(b"\0")
        found: dict[str, Any] = json.loads(text)
        return found

    def page(self, downloads: Path, *, alone: bool = False) -> Page:
        """A tab whose downloads go to this folder; `alone`: with a storage of its own that nobody has written to."""
        downloads.mkdir(parents=True, exist_ok=True)
        own = {"browserContextId": self.call("Target.createBrowserContext")["browserContextId"]} if alone else {}
        self.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(downloads),
                  eventsEnabled=True, **own)  # fmt: skip
        target = self.call("Target.createTarget", url="about:blank", **own)["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        return Page(self, session, target, downloads)


class Page:
    """A tab, as a person meets it: elements by selector, keys, files; and what it asked the network for."""

    def __init__(self, browser: Browser, session: str, frame: str, downloads: Path) -> None:
        self._browser, self._session, self._frame, self.downloads = browser, session, frame, downloads
        self._fetched: set[str] = set()
        for domain in ("Page", "Runtime", "Network", "DOM", "Log"):
            self.call(f"{domain}.enable")
        self.resize(1366, 768)

    def call(self, method: str, **params: Any) -> Any:
        return self._browser.call(method, self._session, **params)

    def resize(self, width: int, height: int, zoom: float = 1) -> None:
        """A window of so many pixels; a zoom leaves the page fewer of its own."""
        self.call("Emulation.setDeviceMetricsOverride", width=int(width / zoom), height=int(height / zoom),
                  deviceScaleFactor=zoom, mobile=False)  # fmt: skip

    def hurry(self) -> None:
        """From the next page on long waits are over at once; those for the eye stay."""
        source = "{const real = setTimeout; globalThis.setTimeout = (f, ms) => real(f, ms > 6e5 ? 400 : ms)}"
        self.call("Page.addScriptToEvaluateOnNewDocument", source=source)

    def turn_to(self, instant: datetime) -> None:
        """From the next page on its clock shows this instant, and goes on from there."""
        shift = f"{instant.timestamp() * 1000} - Date.now()"
        self.call("Page.addScriptToEvaluateOnNewDocument", source=_CLOCK % shift)

    def go(self, file: Path) -> None:
        self.call("Page.navigate", url=file.resolve().as_uri())
        self.until("document.readyState === 'complete' && !!document.querySelector('h1, .alarm')")

    def js(self, expression: str) -> Any:
        """What an expression comes to, promises awaited."""
        answer = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            raise PageError(details.get("exception", {}).get("description") or details["text"])
        return answer["result"].get("value")

    def until(self, condition: str, patience: float = _PATIENCE) -> Any:
        """Waits until an expression is true, and gives it."""
        end = time.monotonic() + patience
        while not (found := self.js(condition)):
            if time.monotonic() > end:
                raise PageError(f"never came: {condition}\n{self.text('body')}")
            time.sleep(0.03)
        return found

    def there(self, selector: str) -> None:
        self.until(f"!!document.querySelector({json.dumps(selector)})")

    def has(self, selector: str) -> bool:
        return bool(self.js(f"!!document.querySelector({json.dumps(selector)})"))

    def text(self, selector: str) -> str:
        return str(self.js(f"document.querySelector({json.dumps(selector)})?.innerText ?? ''"))

    def click(self, selector: str) -> None:
        self.there(selector)
        self.js(f"document.querySelector({json.dumps(selector)}).click()")

    def fill(self, selector: str, value: str) -> None:
        """Puts a value into a field, a choice or a box, as if a person had."""
        self.there(selector)
        self.js(
            f"{{const e = document.querySelector({json.dumps(selector)}); e.value = {json.dumps(value)};"
            "for (const kind of ['input', 'change']) e.dispatchEvent(new Event(kind, {bubbles: true}))}"
        )

    def choose(self, selector: str, *files: Path) -> None:
        """Chooses files in a file field."""
        self.there(selector)
        root = self.call("DOM.getDocument")["root"]["nodeId"]
        node = self.call("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self.call("DOM.setFileInputFiles", nodeId=node, files=[str(file) for file in files])

    def drop(self, selector: str, *files: Path) -> None:
        """Drops files in the middle of an element, out of the computer's own windows."""
        self.there(selector)
        box = self.js(
            f"{{const e = document.querySelector({json.dumps(selector)}); e.scrollIntoView({{block: 'center'}});"
            "const b = e.getBoundingClientRect(); [b.x + b.width / 2, b.y + b.height / 2]}"
        )
        data = {"items": [], "files": [str(file) for file in files], "dragOperationsMask": 1}
        for kind in ("dragEnter", "dragOver", "drop"):
            self.call("Input.dispatchDragEvent", type=kind, x=box[0], y=box[1], data=data)

    def press(self, key: str, text: str = "", modifiers: int = 0) -> None:
        """One key, down and up."""
        codes = {"Tab": 9, "Enter": 13, " ": 32, "ArrowDown": 40, "ArrowUp": 38}
        text = text or {"Enter": "\r", " ": " "}.get(key, "")
        common = {"key": key, "code": key, "windowsVirtualKeyCode": codes.get(key, 0), "modifiers": modifiers}
        self.call("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", text=text, **common)
        self.call("Input.dispatchKeyEvent", type="keyUp", **common)

    def type(self, text: str) -> None:
        self.call("Input.insertText", text=text)

    def focused(self) -> str:
        """The id of the element that has the focus."""
        return str(self.js("document.activeElement?.id ?? ''"))

    def tab_to(self, wanted: str, most: int = 60) -> None:
        """Presses Tab until the element with this id has the focus, as somebody without a mouse does."""
        for _ in range(most):
            if self.focused() == wanted:
                return
            self.press("Tab")
        raise PageError(f"Tab never comes to {wanted}; it is at {self.focused()}")

    def downloaded(self, name: str) -> bytes:
        """A file that the page saved, when it is whole; it is taken away, so that the next of its name is seen."""
        path, end = self.downloads / name, time.monotonic() + _PATIENCE
        while not (saved := self._saved(name)):
            if time.monotonic() > end:
                raise PageError(f"{name} was not saved, but {[p.name for p in self.downloads.iterdir()]}")
            self.js("1")
            time.sleep(0.03)
        self._fetched |= saved
        data = path.read_bytes()
        path.unlink()
        return data

    def _saved(self, name: str) -> set[str]:
        """Downloads of this name that are over, and not fetched yet: before that, an empty file may lie there."""
        events = self._browser.events
        begun = [e["params"] for e in events if e.get("method") == "Browser.downloadWillBegin"]
        mine = {b["guid"] for b in begun if b["frameId"] == self._frame and b["suggestedFilename"] == name}
        told = [e["params"] for e in events if e.get("method") == "Browser.downloadProgress"]
        return {t["guid"] for t in told if t["state"] == "completed"} & mine - self._fetched

    def screenshot(self, file: Path, *, whole: bool = True) -> None:
        shot = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        file.write_bytes(base64.b64decode(shot["data"]))

    def requests(self) -> list[str]:
        """Every address that the page asked for."""
        self.js("1")
        return [e["params"]["request"]["url"] for e in self._mine("Network.requestWillBeSent")]

    def complaints(self) -> list[str]:
        """What the browser's log and the page's console say is wrong."""
        self.js("1")
        thrown = [e["params"]["exceptionDetails"]["text"] for e in self._mine("Runtime.exceptionThrown")]
        logged = [e["params"]["entry"]["text"] for e in self._mine("Log.entryAdded")]
        said = [str(e["params"]["args"]) for e in self._mine("Runtime.consoleAPICalled")]
        return thrown + logged + said

    def _mine(self, method: str) -> Iterator[dict[str, Any]]:
        events = self._browser.events
        return (e for e in events if e.get("method") == method and e.get("sessionId") == self._session)

    def close(self) -> None:
        self.call("Page.close")


@contextmanager
def chromium(profile: Path, program: str = CHROMIUM) -> Iterator[Browser]:
    """A running browser with this profile, ended afterwards."""
    path = shutil.which(program)
    assert path, f"{program} is missing"
    to_browser, from_browser = os.pipe(), os.pipe()
    # The protocol speaks on file descriptors 3 and 4.
    script = f'exec "$0" "$@" 3<&{to_browser[0]} 4>&{from_browser[1]}'
    process = subprocess.Popen(
        ["/bin/bash", "-c", script, path, *_FLAGS, f"--user-data-dir={profile}", "about:blank"],
        pass_fds=(to_browser[0], from_browser[1]), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(to_browser[0])
    os.close(from_browser[1])
    browser = Browser(process, from_browser[0], to_browser[1])
    try:
        yield browser
        with suppress(PageError):  # it ends before it has answered
            browser.call("Browser.close")
    finally:
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        os.close(from_browser[0])
        os.close(to_browser[1])

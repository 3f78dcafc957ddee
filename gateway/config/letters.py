"""Letter templates: every kind must be there in every language, and be a template."""

from __future__ import annotations

from gateway.config.files import Files
from gateway.core.letters import KINDS
from gateway.core.parties import Language


def check_letters(files: Files) -> None:
    """Notes what is missing or broken below `letters/`. What a template asks for is known only when it is written."""
    from jinja2 import Environment, TemplateSyntaxError

    environment = Environment(autoescape=False)  # noqa: S701 - plain text, and only parsed here
    for language in Language:
        for kind in KINDS:
            name = f"letters/{language.value}/{kind}.txt"
            text = files.text(name, "Copy it from the example county")
            try:
                environment.parse(text or "")
            except TemplateSyntaxError as error:
                files.note(name, f"is no template: {error.message} (at line {error.lineno})", "Mend that line")
            if text is not None and "Subject:" not in text:
                files.note(name, "has no Subject:", "Let the first line be the letter's subject")

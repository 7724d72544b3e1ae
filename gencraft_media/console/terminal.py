"""What a person sees in the terminal: short lines, in colour where there is one."""

import sys
from typing import Any

from gencraft_media.console.first_run import FirstRun, first_run_path
from gencraft_media.console.sample import PROMPT

_BOLD, _DIM, _GREEN, _YELLOW, _PLAIN = "\033[1m", "\033[2m", "\033[32m", "\033[33m", "\033[0m"


def say(line: str = "") -> None:
    """One line, at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def bold(text: str) -> str:
    """Text that stands out."""
    return _in(_BOLD, text)


def dim(text: str) -> str:
    """Text that stays back."""
    return _in(_DIM, text)


def green(text: str) -> str:
    """Good news."""
    return _in(_GREEN, text)


def yellow(text: str) -> str:
    """Something to look at."""
    return _in(_YELLOW, text)


def _in(style: str, text: str) -> str:
    return f"{style}{text}{_PLAIN}" if sys.stdout.isatty() else text


def say_picture(job: dict[str, Any]) -> None:
    """The address of the first picture, with what it cost."""
    result, cost = job["result"], job["cost"]
    say()
    say(f"  {green('Your first picture')} (simulated, {cost['creditsCharged']} credits):")
    say(f"  {bold(result['cdnUrl'])}")


def say_how_to_go_on(first_run: FirstRun) -> None:
    """The log-in and a command to copy; shown until there is a first picture."""
    say()
    say(f"  Welcome page  {first_run.url}/")
    say(f"  Admin         {first_run.url}/admin/   {first_run.adminEmail}   {first_run.adminPassword}")
    say(f"  API           {first_run.url}/api/docs/")
    say(dim(f"  (kept in {first_run_path()}, readable by you alone)"))
    say()
    say("  Make another one:")
    say(curl_command(first_run.url, first_run.apiKey))
    say()


def curl_command(url: str, api_key: str) -> str:
    """A request that works as it stands."""
    return (
        f"  curl -s {url}/api/media/generate \\\n"
        f"    -H 'Authorization: Bearer {api_key}' \\\n"
        f"    -H 'Content-Type: application/json' \\\n"
        f'    -d \'{{"provider": "sim", "operation": "text-to-image", "prompt": "{PROMPT}", '
        f'"width": 1024, "height": 1024, "quality": "standard", "batchSize": 1}}\''
    )

"""Plain English in, typed actions out: offline, always the same, and refused where a word is not understood."""

from gencraft_media.daos.grammar.meaning import AskedAction, ReadSentence, SentenceRefused
from gencraft_media.daos.grammar.reading import read

__all__ = ["PROMPTS", "AskedAction", "ReadSentence", "SentenceRefused", "read_sentence"]

# The specification's, by id.
PROMPTS = {
    "enable-ai-images": "Enable AI image generation for all projects",
    "set-default-quality-hd": "Set default image quality to HD for premium users",
    "enable-batch-discounts": "Enable 5% discount for batch image generation",
}


def read_sentence(text: str) -> ReadSentence:
    """What a sentence asks for; names in it are those of the database's rows. Nothing is changed.

    Raises `SentenceRefused` unless every word of it is understood.
    """
    return read(text)

"""How many segments a text needs (3GPP TS 23.038 and 23.040)."""

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("\f^{}\\[~]|€")
_GSM = _BASIC | _EXTENSION
_SINGLE_GSM, _PART_GSM = 160, 153
_SINGLE_UCS, _PART_UCS = 70, 67


def datacoding(text: str) -> str:
    """Name the coding a text needs: `gsm` if that alphabet has all its characters, else `ucs`."""
    return "gsm" if _GSM.issuperset(text) else "ucs"


def segments(text: str) -> int:
    """Count the segments of a text; an extension character takes two septets."""
    if datacoding(text) == "gsm":
        septets = len(text) + sum(character in _EXTENSION for character in text)
        return _parts(septets, _SINGLE_GSM, _PART_GSM)
    return _parts(len(text.encode("utf-16-le")) // 2, _SINGLE_UCS, _PART_UCS)


def _parts(units: int, single: int, part: int) -> int:
    return 1 if units <= single else -(-units // part)

"""What people write: templates in several languages, with slots.

A template has the same coding and number of segments with every filling (a test checks that), so a
summary needs no text to be written.
"""

from collections.abc import Callable
from string import Formatter
from typing import Any

from ip1_async.testing._data.segments import datacoding, segments

_OUTGOING = {
    "sv": (
        (
            "Hej {name}! Påminnelse om din tid {day} kl {time} hos Tandhälsan Söder. Svara STOP för"
            " att slippa påminnelser."
        ),
        "Din engångskod är {code}. Dela den inte med någon.",
        "Ditt paket {parcel} kan hämtas på ICA Kvantum Åkermyntan t.o.m. {day}. Ta med leg.",
        "Tack för din bokning {name}! Bord för 4 personer {day} kl {time}. Välkomna!",
        (
            "Faktura {code} på {amount} kr förfaller {day}. Har du redan betalt kan du bortse från"
            " detta meddelande. Frågor? Ring oss på 08-123 45 00 vardagar 8-17 eller svara på detta"
            " SMS så återkommer vi så snart vi kan. Vänliga hälsningar, Värmeverket."
        ),
    ),
    "en": (
        (
            "Hi {name}, this is a reminder of your appointment on {day} at {time}. Reply YES to"
            " confirm."
        ),
        "{code} is your verification code. It expires in 10 minutes.",
        "Your parcel {parcel} is out for delivery today between {time} and 20:00.",
        "Booking {code} is confirmed for {day}. Total: €{amount} [paid]. See you then!",
        (
            "Dear customer, planned maintenance will interrupt the hot water at your address on"
            " {day} from {time}. We expect the work to take about four hours. If you have a medical"
            " need for hot water during this time, please reply to this message no later than the"
            " day before, and we will help you find a solution. Sorry for the inconvenience! Your"
            " landlord, Northside Homes ~ ref {code}"
        ),
    ),
    "de": (
        (
            "Hallo {name}, wir erinnern Sie an Ihren Termin am {day} um {time} Uhr. Grüße, Praxis"
            " Dr. Weiß"
        ),
        "Ihr Einmalpasswort lautet {code}. Bitte geben Sie es nicht weiter.",
        "Ihre Sendung {parcel} liegt für Sie bereit. Öffnungszeiten: Mo-Fr 8-18 Uhr.",
        (
            "Guten Tag {name}, Ihr Fahrzeug ist fertig und kann ab {time} Uhr abgeholt werden. Der"
            " Rechnungsbetrag beträgt €{amount}. Bitte bringen Sie den Abholschein mit. Für"
            " Rückfragen erreichen Sie uns täglich bis 18 Uhr. Ihr Autohaus Müller"
        ),
    ),
    "fi": (
        (
            "Hei {name}! Muistutus: varauksesi on {day} klo {time}. Peruutukset viimeistään"
            " edellisenä päivänä."
        ),
        "Kertakäyttökoodisi on {code}. Älä kerro koodia kenellekään.",
        "Pakettisi {parcel} on noudettavissa. Säilytysaika päättyy {day}.",
        (
            "Tervetuloa hammastarkastukseen {day} klo {time}. Ilmoittaudu itsepalvelupisteessä 10"
            " minuuttia ennen aikaasi ja ota kuvallinen henkilötodistus mukaan. Käyttämättä"
            " jääneestä ajasta perimme maksun {amount} €."
        ),
    ),
    "ar": (
        "تذكير بموعدك يوم {day} الساعة {time}.",
        "رمز التحقق الخاص بك هو {code}",
        (
            "مرحبا {name}، تم تأكيد حجزك رقم {code} يوم {day} الساعة {time}. يرجى الحضور قبل الموعد"
            " بعشر دقائق وإحضار بطاقة الهوية. للإلغاء أرسل كلمة إلغاء."
        ),
    ),
    "pl": (
        "Dzień dobry! Wizyta {day} o {time}. Odpowiedz TAK, aby potwierdzić.",
        "Twój kod: {code}. Nie udostępniaj go nikomu.",
        (
            "Paczka {parcel} czeka w paczkomacie przy ul. Żelaznej do {day}. Kod odbioru: {code}."
            " Dziękujemy i życzymy miłego dnia!"
        ),
    ),
    "emoji": (
        "🎉 {name}, du har vunnit en biljett! Kod {code}",
        "Grattis på födelsedagen {name}! 🎂🎈 20 % rabatt med koden {code}",
        "Your table is ready 🍽️ See you at {time}!",
        (
            "🚚 Your parcel {parcel} is on its way and will be with you on {day} before {time} 📦"
            " Track it here: https://track.example/{code} Thank you for shopping with us ❤️"
        ),
    ),
}
_INCOMING = {
    "sv": (
        "Tack!",
        "STOP",
        "Ja",
        "Ok, vi ses {day}!",
        "Hej, jag måste tyvärr boka om. Går det bra kl {time} i stället?",
    ),
    "en": (
        "Yes, see you then",
        "Thanks!",
        "STOP",
        "Who is this?",
        "Running late, there at {time} [sorry]",
    ),
    "de": ("Danke!", "Ja, passt", "Können wir auf {time} Uhr verschieben? Grüße"),
    "fi": ("Kiitos!", "Joo, nähdään", "Sopiiko klo {time} sittenkin?"),
    "ar": ("شكرا", "نعم", "إلغاء"),
    "pl": ("Dziękuję", "TAK", "Czy można przełożyć na {time}? Dziękuję"),
    "emoji": ("👍", "Tack! 😊", "❤️🙏", "Haha 😂 ses kl {time}"),
}
_NAMES = ("Anna", "Björn", "Åsa", "Fatima", "Erik", "Märta", "Ali", "Sofia", "Jörgen", "Linnéa")


def _time(bits: int) -> str:
    return f"{8 + bits % 10:02d}:{bits // 10 % 4 * 15:02d}"


def _day(bits: int) -> str:
    return f"{1 + bits % 28}/{1 + bits // 28 % 12}"


_SLOTS: dict[str, Callable[[int], str]] = {
    "name": lambda bits: _NAMES[bits % len(_NAMES)],
    "time": _time,
    "day": _day,
    "code": lambda bits: f"{bits % 1_000_000:06d}",
    "parcel": lambda bits: f"{bits % 10**9:09d}SE",
    "amount": lambda bits: f"{49 + bits % 950}",
}


class Template:
    """A text with slots, and the coding and segments that all its fillings have."""

    __slots__ = ("_fills", "_text", "datacoding", "segments")

    def __init__(self, text: str) -> None:
        names = [name for _, name, _, _ in Formatter().parse(text) if name]
        self._text = text.format(**dict.fromkeys(names, "{}"))
        self._fills = [(5 * place, _SLOTS[name]) for place, name in enumerate(names)]
        self.datacoding = datacoding(self.fill(0))
        self.segments = segments(self.fill(0))

    def fill(self, bits: int) -> str:
        """Fill the slots; every slot uses its own part of the bits."""
        return self._text.format(*[slot(bits >> shift) for shift, slot in self._fills])


def _templates(texts: dict[str, tuple[str, ...]]) -> dict[str, tuple[Any, ...]]:
    return {language: tuple(map(Template, each)) for language, each in texts.items()}


OUTGOING: dict[str, tuple[Template, ...]] = _templates(_OUTGOING)
INCOMING: dict[str, tuple[Template, ...]] = _templates(_INCOMING)
LANGUAGES = tuple(OUTGOING)

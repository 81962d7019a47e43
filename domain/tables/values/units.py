"""The units that stand beside numbers: currencies, by sign and by code, and the per cent sign."""

from types import MappingProxyType

PERCENT = "%"

# The first spelling of each names the currency; "$" and "kr" are of several countries,
# and we need not know which.
_SPELLINGS = """
EUR € euro euros    USD $ us$ dollar dollars    GBP £ gbp£    JPY ¥ 円 jp¥    CNY rmb cn¥ 元
CHF fr fr. sfr sfr.    SEK    NOK    DKK    kr kr.    PLN zł zl    CZK kč kc    HUF ft    RON lei leu
BGN лв лв.    RUB ₽ руб руб.    UAH ₴    TRY ₺ tl    ILS ₪    INR ₹ rs rs. re    PKR    LKR    BDT ৳
KRW ₩    VND ₫ đ    THB ฿    PHP ₱    IDR rp rp.    MYR rm    TWD nt$    HKD hk$    SGD s$    KZT ₸
CAD c$ ca$    AUD a$ au$    NZD nz$    MXN mx$    BRL r$    ARS    CLP    COP    PEN s/ s/.
ZAR    AED    SAR    EGP    MAD    NGN ₦    GHS ₵    KES ksh    ISK    HRK    RSD
"""  # noqa: RUF001 - letters of the countries' own


def _by_spelling() -> dict[str, str]:
    found = {PERCENT: PERCENT, "％": PERCENT}  # noqa: RUF001 - the wide sign of East Asian keyboards
    for group in _SPELLINGS.replace("\n", "    ").split("    "):
        for spelling in group.split():
            found[spelling.casefold()] = group.split()[0]
    return found


_UNITS = MappingProxyType(_by_spelling())


def unit_named(spelling: str) -> str | None:
    """Tell which unit a sign, code or abbreviation stands for, in any case: "%" or a currency."""
    return _UNITS.get(spelling.casefold())

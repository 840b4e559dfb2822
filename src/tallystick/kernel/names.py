"""Normal forms of company names and web domains, under which two spellings of one company meet.

A normal form is a key to compare with, never something to show. Nothing is guessed here: what only may be the same
company is the matcher's business.
"""

import re
import unicodedata
from functools import cache
from typing import Final

from publicsuffixlist import PublicSuffixList

_GLUED_FORMS: Final = ("株式会社", "有限会社", "合同会社", "股份有限公司", "有限责任公司", "有限公司", "주식회사")
_LEGAL_FORMS: Final = """
    ab; abp; ad; ag; ag co kg; aktiebolag; aktiengesellschaft; aktieselskab; a s; aps; as; asa; bhd; bv; bvba; ca; co;
    co kg; co ltd; company; company limited; corp; corporation; cv; cvba; d d; d o o; da; doo; dd; dooel; dmcc; ead;
    eg; eood; ehf; eirl; ek; eurl; ev; fzco; fze; fz llc; gbr; ges m b h; gesmbh; ggmbh; gie; gk; gmbh;
    gmbh co kg; gmbh co kgaa; gmbh und co kg; hf; inc; incorporated; ik; jsc; k k; kabushiki kaisha; kft; kg;
    kgaa; kk; kommanditgesellschaft; ks; ky; lda; limited; limited liability company; limited partnership; limitada;
    llc; llp; lp; ltd; ltda; ltd co; mbh; mpk; nv; nyrt; oao; ood; oeg; ohg; ooo; oy; oyj; oy ab; pao; pjsc;
    plc; pllc; private limited; proprietary limited; psc; pt; pte; pte ltd; pty; pty ltd; public limited company; pvt;
    pvt ltd; qsc; rt; s a; s a r l; s a s; s c; s l; s p a; s r l; sa; sa de cv; sab de cv; sae; sal; sapi de cv; saog;
    sarl; sas; sasu; sca; scarl; sce; scs; sdn bhd; se; sgps; sicav; sia; sl; slne; slu; snc; soc coop; spa; spj; spk;
    sp k; sp j; sp z o o; sp z oo; sp zoo; spol s r o; srl; srls; sro; s r o; sti; ltd sti; tbk; tmi; uab; ug; ulc;
    unlimited; vof; v o f; wll; yk; yugen kaisha; zao; zrt; zoo; as tic; anonim sirketi;
    株式会社; 株; 有限会社; 合同会社; 有限公司; 有限责任公司;
    股份有限公司; 주식회사; ооо; оао; зао; пао; ао; тов; ип; тоо; еоод; оод; ад; αε; επε; ικε; μονοπροσωπη
"""
_SUFFIXES: Final = frozenset(tuple(form.split()) for form in _LEGAL_FORMS.replace("\n", " ").split(";"))
_LEADING_FORMS: Final = "pt ooo oao zao pao uab ооо оао зао пао ао 株式会社 株 주식회사"
_PREFIXES: Final = frozenset(_LEADING_FORMS.split())
_LONGEST_FORM: Final = max(map(len, _SUFFIXES))
_LONGEST_HOST: Final = 253
_DOTS: Final = re.compile("[.\u3002\uff0e\uff61]")
_KEPT_LETTERS: Final = frozenset("ßς")
_UNFOLDED: Final = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ł": "l", "þ": "th", "ı": "i"})


def normalise_company_name(name: str) -> str:
    """Return the name in lower case without accents, punctuation and legal forms, its words parted by one space.

    "The Brückner S.p.A.", "Bruckner SpA" and "BRÜCKNER, S.P.A. " become "bruckner". A name that is nothing but a legal
    form is kept whole; a name without letters or digits becomes "".
    """
    words = _words(name)
    if words[:1] == ["the"] and len(words) > 1:
        words = words[1:]
    while len(words) > 1 and (end := _suffix_length(words)):
        words = words[:-end]
    while len(words) > 1 and words[0] in _PREFIXES:
        words = words[1:]
    return " ".join(words)


def _words(name: str) -> list[str]:
    text = unicodedata.normalize("NFKC", name).casefold().translate(_UNFOLDED)
    text = "".join(mark for mark in unicodedata.normalize("NFD", text) if not unicodedata.combining(mark))
    text = unicodedata.normalize("NFC", text)
    for form in _GLUED_FORMS:
        text = text.replace(unicodedata.normalize("NFC", form), f" {form} ")
    text = re.sub(r"\b(?:\w\.){2,}", lambda initials: initials[0].replace(".", "") + " ", text)
    text = re.sub(r"['’`´]", "", text).replace("&", " and ")
    return re.sub(r"[\W_]+", " ", text).split()


def _suffix_length(words: list[str]) -> int:
    """Return how many words at the end are a legal form, leaving at least one word that is not."""
    for length in range(min(_LONGEST_FORM, len(words) - 1), 0, -1):
        end = tuple(word for word in words[-length:] if word not in ("and", "und", "et"))
        if end in _SUFFIXES and words[-length] not in ("und", "et"):
            return length
    return 0


class DomainRefused(ValueError):
    """The text names no company's own domain; the message says why."""


_FREE_MAIL_PROVIDERS: Final = """
    163.com 126.com 21cn.com abv.bg aim.com alice.it aliyun.com aol.com arcor.de att.net bellsouth.net bigpond.com
    bk.ru bluewin.ch bol.com.br btinternet.com centrum.cz charter.net comcast.net cox.net daum.net duck.com
    earthlink.net email.cz email.de fastmail.com fastmail.fm foxmail.com free.fr freenet.de gmail.com gmx.at gmx.ch
    gmx.com gmx.de gmx.fr gmx.net googlemail.com hanmail.net hey.com hotmail.be hotmail.co.uk hotmail.com
    hotmail.com.br hotmail.de hotmail.es hotmail.fr hotmail.it hotmail.nl hushmail.com icloud.com ig.com.br inbox.lv
    inbox.ru interia.pl laposte.net libero.it list.ru live.ca live.co.uk live.com live.com.au live.de live.fr
    live.it live.nl mac.com mail.com mail.de mail.ee mail.ru mailbox.org mailinator.com me.com msn.com naver.com
    neuf.fr o2.pl online.de onet.pl op.pl optonline.net orange.fr outlook.com outlook.de outlook.es outlook.fr
    outlook.it pobox.com posteo.de proton.me protonmail.ch protonmail.com qq.com rambler.ru rediffmail.com
    rocketmail.com runbox.com sapo.pt sbcglobal.net seznam.cz sfr.fr shaw.ca sina.cn sina.com sky.com skynet.be
    sohu.com sympatico.ca t-online.de talktalk.net telenet.be telia.com tiscali.it tuta.io tutanota.com tutanota.de
    ukr.net uol.com.br verizon.net virgilio.it virginmedia.com walla.co.il wanadoo.fr web.de wp.pl ya.ru yahoo.ca
    yahoo.co.id yahoo.co.in yahoo.co.jp yahoo.co.uk yahoo.com yahoo.com.ar yahoo.com.au yahoo.com.br yahoo.com.mx
    yahoo.de yahoo.es yahoo.fr yahoo.in yahoo.it yandex.com yandex.ru yeah.net ymail.com zoho.com ziggo.nl
"""
_FREE_MAIL: Final = frozenset(_FREE_MAIL_PROVIDERS.split())


def normalise_domain(text: str) -> str:
    """Return the registrable domain of a web address, host name or e-mail address, in ASCII lower case.

    "https://www.Lab.Example.co.uk/about" becomes "example.co.uk". Raises DomainRefused for text that is no domain, for
    a public suffix such as "co.uk", and for providers of free mail, which say nothing about the company.
    """
    registrable = registrable_domain(text)
    if registrable is None:
        raise DomainRefused(f"{text.strip()!r} is not a company's domain. Write it like example.com.")
    if registrable in _FREE_MAIL:
        raise DomainRefused(f"{registrable} is a mail provider, not a company. Use the company's own website.")
    return registrable


def registrable_domain(text: str) -> str | None:
    """Return the domain that somebody registered, a mail provider's too; nothing for a public suffix.

    Raises DomainRefused for text that is no domain.
    """
    host = _host(text)
    return _documentation_domain(host) or _public_suffixes().privatesuffix(host)


def _host(text: str) -> str:
    host = re.sub(r"^[a-z][a-z0-9+.-]*://", "", text.strip().lower())
    host = re.split(r"[/?#]", host, maxsplit=1)[0].rpartition("@")[2].partition(":")[0].rstrip(".")
    try:
        host = ".".join(map(_ascii_label, _DOTS.split(host)))
    except UnicodeError:
        host = ""
    label = r"[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?"
    if len(host) > _LONGEST_HOST or not re.fullmatch(rf"(?:{label}\.)+{label}", host) or re.fullmatch(r"[\d.]+", host):
        raise DomainRefused(f"{text.strip()!r} is not a domain. Write it like example.com.")
    return host


def _ascii_label(label: str) -> str:
    """Return a label of a host in ASCII. Python's codec would write "ß" as "ss", which is another registrant's name."""
    if _KEPT_LETTERS.isdisjoint(label):
        return label.encode("idna").decode("ascii")
    return f"xn--{unicodedata.normalize('NFKC', label).encode('punycode').decode('ascii')}"


def _documentation_domain(host: str) -> str | None:
    """Return the name below ".example", which RFC 2606 keeps for documents and demos and no registry lists."""
    labels = host.split(".")
    return ".".join(labels[-2:]) if labels[-1] == "example" and len(labels) > 1 else None


@cache
def _public_suffixes() -> PublicSuffixList:
    return PublicSuffixList(accept_unknown=False)

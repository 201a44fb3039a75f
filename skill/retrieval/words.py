"""Text becomes words: cleaned, split as people read names, one spelling and one stem for each."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache

from skill.retrieval.lexical import stem

MAX_CHARS = 2_000
"""So much of a text is matched; the rest of a longer one is not read."""

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z]{2,})")
_SHORT = re.compile(r"\b(?:[0-9]FA|[0-9]D|[A-Z]{1,4}s|iOS|macOS|IPv[46]|OAuth)\b")
"""Short forms that no capital splits."""
_WORD = re.compile(r"[^\W_]+")
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]"
)
_APOSTROPHES = re.compile("[\u2018\u2019\u201b\u02bc\u0060\u00b4]")
_DASHES = re.compile("[\u2010-\u2015\u2212]")

_VARIANTS = {
    "organise": "organize", "organisation": "organization", "organisations": "organizations",
    "licence": "license", "licences": "licenses", "catalogue": "catalog", "catalogues": "catalogs",
    "dialogue": "dialog", "programme": "program", "programmes": "programs", "centre": "center",
    "centres": "centers", "grey": "gray", "greyed": "grayed", "cheque": "check", "cheques": "checks",
    "fulfil": "fulfill", "enrol": "enroll", "enrolment": "enrollment", "judgement": "judgment",
    "cancelled": "canceled", "cancelling": "canceling", "labelled": "labeled", "labelling": "labeling",
    "modelling": "modeling", "travelling": "traveling", "analyse": "analyze", "analysing": "analyzing",
    "defence": "defense", "practise": "practice", "metre": "meter", "litre": "liter", "storey": "story",
    "administrator": "admin", "administrators": "admins", "application": "app", "applications": "apps",
    "repository": "repo", "repositories": "repos", "configuration": "config", "configurations": "configs",
    "organization": "org", "organizations": "orgs", "information": "info", "authentication": "auth",
    "document": "doc", "documents": "docs", "statistics": "stats", "synchronization": "sync",
    "synchronisation": "sync", "synchronize": "sync", "synchronise": "sync", "synchronized": "synced",
    "maximum": "max", "maximal": "max", "minimum": "min", "minimal": "min",
    "mins": "minutes", "hrs": "hours", "hr": "hour", "secs": "seconds", "sec": "second", "approx": "about",
    "pic": "picture", "pics": "pictures", "vid": "video", "vids": "videos",
    "specs": "specifications", "spec": "specification", "perms": "permissions", "perm": "permission",
    "env": "environment", "envs": "environments", "db": "database", "dbs": "databases", "msg": "message",
    "msgs": "messages", "acct": "account", "accts": "accounts", "addon": "add-on", "addons": "add-ons",
    "signon": "sign-on", "signin": "sign-in", "logon": "login",
    "realtime": "real-time", "whitelabel": "white-label", "whitelist": "allowlist", "wifi": "wi-fi",
    "multifactor": "multi-factor", "twofactor": "two-factor",
    "ecommerce": "e-commerce", "dept": "department", "mgmt": "management", "mgr": "manager",
    "qty": "quantity", "biz": "business", "pwd": "password", "passwd": "password",
    "unlim": "unlimited", "pls": "please",
    "plz": "please", "wanna": "want", "gonna": "going", "gotta": "got", "cant": "can't", "dont": "don't",
    "u": "you", "ur": "your", "2fa": "two-factor-auth", "mfa": "multi-factor-auth",
}  # fmt: skip
"""One spelling a word: British and American, long and short forms of the trade, letters left out in haste."""

_PHRASES: tuple[tuple[str, str], ...] = (
    ("log in", "login"), ("sign in", "login"), ("log on", "login"), ("sign on", "login"), ("log out", "logout"),
    ("sign out", "logout"), ("log off", "logout"), ("sign up", "signup"), ("sign off", "signoff"), ("set up", "setup"),
    ("back up", "backup"), ("follow up", "followup"), ("check in", "checkin"), ("roll back", "rollback"),
    ("plug in", "plugin"), ("plug ins", "plugin"), ("add in", "addin"), ("pop up", "popup"), ("drop down", "dropdown"),
    ("single sign on", "sso"), ("single sign in", "sso"), ("single login", "sso"),
    ("two factor auth", "mfa"), ("multi factor auth", "mfa"), ("2 factor auth", "mfa"), ("2 step verification", "mfa"),
    ("two step verification", "mfa"), ("two factor", "mfa"), ("multi factor", "mfa"), ("2 factor", "mfa"),
    ("artificial intelligence", "ai"), ("role based access control", "rbac"), ("service level agreement", "sla"),
    ("search engine optimization", "seo"), ("customer relationship management", "crm"),
    ("application programming interface", "api"), ("app programming interface", "api"),
    ("user interface", "ui"), ("key performance indicator", "kpi"), ("to do list", "todo"), ("todo list", "todo"), ("to dos", "todo"), ("todos", "todo"),
    ("virtual private network", "vpn"), ("data loss prevention", "dlp"), ("e mail", "email"),
    ("e commerce", "ecommerce"), ("wi fi", "wifi"),
    ("pull request", "pr"), ("air bnb", "airbnb"), ("power point", "powerpoint"), ("you tube", "youtube"),
    ("linked in", "linkedin"), ("what s app", "whatsapp"), ("whats app", "whatsapp"), ("hub spot", "hubspot"),
    ("java script", "javascript"), ("type script", "typescript"), ("tik tok", "tiktok"), ("pay pal", "paypal"),
    ("sales force", "salesforce"), ("share point", "sharepoint"), ("one drive", "onedrive"), ("git hub", "github"),
    ("git lab", "gitlab"), ("bit bucket", "bitbucket"), ("mail chimp", "mailchimp"), ("quick books", "quickbooks"),
    ("word press", "wordpress"), ("big query", "bigquery"), ("my sql", "mysql"), ("postgre sql", "postgresql"),
    ("graph ql", "graphql"), ("o auth", "oauth"), ("open id", "openid"), ("web hook", "webhook"), ("i os", "ios"),
    ("mac os", "macos"), ("i phone", "iphone"), ("i pad", "ipad"), ("i cal", "ical"), ("pin code", "pin"),
    ("drop box", "dropbox"), ("click up", "clickup"), ("air table", "airtable"), ("power bi", "powerbi"),
)  # fmt: skip
"""Names written in several ways; both sides of a comparison read the right-hand form."""


def clean(text: str, *, bound: int = MAX_CHARS) -> str:
    """The text as it is matched: bounded, one form of Unicode, nothing invisible, plain quotes and dashes."""
    text = unicodedata.normalize("NFKC", text[:bound])[:bound]
    text = _INVISIBLE.sub(" ", text.encode("utf-8", "replace").decode("utf-8"))
    return _DASHES.sub("-", _APOSTROPHES.sub("'", text)).strip()


def words(text: str) -> list[str]:
    """Lower-case words of a cleaned text, camel case split: `auditLogAPI` is audit, log, api."""
    split = (
        _CAMEL.sub(" ", _SHORT.sub(lambda found: found[0].lower(), text))
        .replace("&", " and ")
        .replace("c++", "cplusplus")
        .replace("C#", "csharp")
    )
    plain = unicodedata.normalize("NFKD", split.replace("'", "").lower())
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    found: list[str] = []
    for word in _WORD.findall(plain):
        word = _american(word)
        other = _VARIANTS.get(word)
        if other is None:
            found.append(word)
        else:
            found.extend(other.replace("'", "").split("-"))
    return found


@lru_cache(maxsize=16_384)
def _american(word: str) -> str:
    if len(word) > 6 and word.endswith(
        ("ise", "ised", "ises", "ising", "isation", "isations", "iser")
    ):
        at = word.rindex("is")
        head = word[:at]
        if head.endswith(
            (
                "real",
                "al",
                "er",
                "or",
                "an",
                "on",
                "in",
                "ic",
                "im",
                "at",
                "ut",
                "ar",
                "um",
                "il",
                "ym",
            )
        ):
            return head + "iz" + word[at + 2 :]
    if len(word) > 5:
        for british, american in (
            ("our", "or"),
            ("ours", "ors"),
            ("oured", "ored"),
            ("ouring", "oring"),
        ):
            if word.endswith(british) and word[: -len(british)].endswith(
                ("col", "fav", "behavi", "lab", "hon", "neighb", "endeav", "arm")
            ):
                return word[: -len(british)] + american
    return word


def _phrase_table() -> dict[tuple[str, ...], str]:
    return {tuple(stem(w) for w in words(long)): short for long, short in _PHRASES}


_TABLE: dict[tuple[str, ...], str] = {}


def stems(raw: Sequence[str]) -> list[tuple[str, int, int]]:
    """Stems of words with first and past-the-last place; names written in several ways come out as one."""
    if not _TABLE:
        _TABLE.update(_phrase_table())
    plain = [stem(word) for word in raw]
    out: list[tuple[str, int, int]] = []
    at = 0
    while at < len(plain):
        for n in (3, 2):
            short = _TABLE.get(tuple(plain[at : at + n]))
            if short is not None and at + n <= len(plain):
                out.append((short, at, at + n))
                at += n
                break
        else:
            out.append((plain[at], at, at + 1))
            at += 1
    return out


class Joins:
    """How this product writes its compounds: `timesheets` and `time sheets` become the same words."""

    def __init__(self, texts: Iterable[Sequence[str]]) -> None:
        pairs: dict[str, tuple[str, str]] = {}
        singles: set[str] = set()
        for text in texts:
            singles.update(text)
            for left, right in itertools.pairwise(text):
                if len(left) + len(right) >= 5:
                    pairs.setdefault(left + right, (left, right))
        self._split = pairs
        self._whole = {single for single in singles if single not in pairs}

    def apply(self, tokens: Sequence[str]) -> list[tuple[str, int]]:
        """The words with compounds as the product writes them, each with the place it came from."""
        out: list[tuple[str, int]] = []
        at = 0
        while at < len(tokens):
            if (
                at + 1 < len(tokens)
                and len(tokens[at] + tokens[at + 1]) >= 5
                and tokens[at] + tokens[at + 1] in self._whole
            ):
                out.append((tokens[at] + tokens[at + 1], at))
                at += 2
                continue
            parts = self._split.get(tokens[at])
            out.extend((part, at) for part in parts) if parts else out.append((tokens[at], at))
            at += 1
        return out

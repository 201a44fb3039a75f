"""Who is asking, from the credential alone: a signed token or an API key, never the body."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import jwt
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from skill.errors import NotAuthenticated
from skill.settings import Scope, Settings
from skill.store.usage import Id

_ALGORITHM = "HS256"
"""The only one, whatever a token's header says. Source: RFC 8725, section 3.1."""


@dataclass(frozen=True, slots=True)
class Caller:
    """What a credential says about who holds it."""

    tenant: str
    scope: Scope
    account: str | None = None
    person: str | None = None
    roles: tuple[str, ...] = ()


class _Claims(BaseModel):
    """The claims of ours; a token may carry others."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    sub: Id | None = None
    account: Id | None = None
    tenant: Id = "default"
    roles: list[Id] = Field(default=[], max_length=50)
    scope: Scope = "end_user"
    """Without one, the least."""


def read_credential(authorization: str | None, api_key: str | None, settings: Settings) -> Caller:
    """The caller that these headers prove.

    Args:
        authorization: `Bearer` with a token or an API key.
        api_key: `X-API-Key`, for hosts that keep `Authorization` for themselves.
        settings: the secret and the keys.

    Raises:
        NotAuthenticated: there is no credential, or it cannot be believed.
    """
    if authorization is not None and api_key is not None:
        raise NotAuthenticated("send one credential, not both Authorization and X-API-Key")
    if api_key is not None:
        return _key(api_key, settings)
    if authorization is None:
        raise NotAuthenticated(
            "a credential is needed", help="send `Authorization: Bearer` with a token or an API key"
        )
    kind, _, value = authorization.partition(" ")
    value = value.strip()
    if kind.lower() != "bearer" or not value:
        raise NotAuthenticated("the Authorization header must be `Bearer` and a credential")
    # A key may hold dots too, so a known key is looked up first; that takes no secret to do.
    return _known_key(value, settings) or _token(value, settings)


def _key(value: str, settings: Settings) -> Caller:
    caller = _known_key(value, settings)
    if caller is None:
        raise NotAuthenticated("this API key is not known")
    return caller


def _known_key(value: str, settings: Settings) -> Caller | None:
    digest = hashlib.sha256(value.encode("utf-8", "surrogateescape")).hexdigest()
    # Digests are compared, not keys: how long it takes says nothing about a key.
    for key in settings.api_keys:
        if key.digest == digest:
            return Caller(tenant=key.tenant, scope=key.scope)
    return None


def _token(value: str, settings: Settings) -> Caller:
    if not settings.jwt_secret:
        raise NotAuthenticated("this credential is not known")
    try:
        claims = jwt.decode(
            value,
            settings.jwt_secret.reveal(),
            algorithms=[_ALGORITHM],
            audience=settings.jwt_audience,
            options={"require": ["exp", "aud"]},
        )
        said = _Claims.model_validate(claims)
    except jwt.ExpiredSignatureError as error:
        raise NotAuthenticated("the token has expired", help="sign a new one") from error
    except (jwt.InvalidAudienceError, jwt.MissingRequiredClaimError) as error:
        raise NotAuthenticated(
            f"the token is not for this service: it needs `exp`, and `aud` {settings.jwt_audience}"
        ) from error
    except ValidationError as error:
        claim = error.errors()[0]["loc"][0]
        raise NotAuthenticated(f"the token's claim `{claim}` cannot be used") from error
    except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise NotAuthenticated("this credential is not valid") from error
    if said.scope == "end_user" and not (said.sub and said.account):
        raise NotAuthenticated("the token of an end user needs `sub` and `account`")
    return Caller(
        tenant=said.tenant,
        scope=said.scope,
        account=said.account,
        person=said.sub,
        roles=tuple(said.roles),
    )

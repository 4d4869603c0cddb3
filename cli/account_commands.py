"""The commands of `shelfproof admin`, `user` and `organisation`, as `cli.main` shows them."""

from typing import Annotated, Literal

import typer

admin = typer.Typer(help="Who may do everything.", no_args_is_help=True)
user = typer.Typer(help="Accounts of people, made and closed on the database itself.", no_args_is_help=True)
organisation = typer.Typer(help="Brands and dealers.", no_args_is_help=True)
GROUPS = {"admin": admin, "user": user, "organisation": organisation}

Login = Annotated[str, typer.Argument(help="What the person signs in with.")]
PersonName = Annotated[str, typer.Option(help="The person's name.")]
Stdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password from the first line of stdin.")]
Origin = Annotated[str | None, typer.Option(help="Address of the pages; default: SHELFPROOF_ORIGIN, or this machine.")]
Json = Annotated[bool, typer.Option("--json", help="JSON on stdout, for machines.")]


@admin.command("create")
def admin_create(login: Login, name: PersonName, password_stdin: Stdin = False) -> None:
    """Makes an admin, whose password is typed here: the first way into an installation."""
    from cli.accounts import create_admin

    raise typer.Exit(create_admin(login, name, password_stdin))


@user.command("add")
def user_add(
    login: Login,
    name: PersonName,
    role: Annotated[
        Literal["rep", "dealer", "outlet", "auditor", "manager", "finance", "data", "operator", "admin"],
        typer.Option(help="What the person may do."),
    ],
    brand: Annotated[
        list[str] | None,
        typer.Option(help="Name of the brand; needed where there are several. Again for each that the person serves."),
    ] = None,
    dealer: Annotated[
        str | None, typer.Option(help="A rep's dealer, or who sends somebody to look; needed where there are several.")
    ] = None,
    outlet: Annotated[str | None, typer.Option(help="Code of an outlet owner's outlet.")] = None,
    phone: Annotated[str | None, typer.Option(help="Phone number; signs in as well.")] = None,
    origin: Origin = None,
    json_: Json = False,
) -> None:
    """Makes an account and prints the one-time link with which its owner chooses a password."""
    from cli.accounts import add_user

    raise typer.Exit(add_user(login, name, role, brand or [], dealer, outlet, phone, origin, json_))


@user.command("brand")
def user_brand(
    login: Login,
    brand: Annotated[str, typer.Argument(help="Name of the brand.")],
    outlet: Annotated[str | None, typer.Option(help="Code of an outlet owner's outlet.")] = None,
    end: Annotated[bool, typer.Option("--end", help="Serve it no more.")] = False,
) -> None:
    """Lets a person serve a further brand, or with --end one no more; he chooses for which one he acts."""
    from cli.accounts import set_brand

    raise typer.Exit(set_brand(login, brand, outlet, end))


@user.command("passwd")
def user_passwd(login: Login, password_stdin: Stdin = False, origin: Origin = None, json_: Json = False) -> None:
    """Prints a new one-time link; with --password-stdin sets a password, which must be changed after signing in."""
    from cli.accounts import new_password

    raise typer.Exit(new_password(login, password_stdin, origin, json_))


@user.command("close")
def user_close(login: Login) -> None:
    """Signs a person out and lets him in no more; what he did stays."""
    from cli.accounts import set_active

    raise typer.Exit(set_active(login, False))


@user.command("reopen")
def user_reopen(login: Login) -> None:
    """Lets a person in again."""
    from cli.accounts import set_active

    raise typer.Exit(set_active(login, True))


@user.command("list")
def user_list(
    brand: Annotated[str | None, typer.Option(help="Of this brand alone.")] = None, json_: Json = False
) -> None:
    """Lists accounts: login, role, state, name, brands and dealer."""
    from cli.accounts import list_users

    raise typer.Exit(list_users(brand, json_))


@organisation.command("add")
def organisation_add(
    kind: Annotated[Literal["brand", "dealer"], typer.Argument(help="A brand sets tasks and pays; a dealer has reps.")],
    name: Annotated[str, typer.Argument(help="Its name; no other of its kind has it.")],
    name_zh: Annotated[str, typer.Option(help="Chinese name.")] = "",
    json_: Json = False,
) -> None:
    """Makes a brand or a dealer."""
    from cli.accounts import add_organisation

    raise typer.Exit(add_organisation(kind, name, name_zh, json_))


@organisation.command("list")
def organisation_list(json_: Json = False) -> None:
    """Lists brands and dealers."""
    from cli.accounts import list_organisations

    raise typer.Exit(list_organisations(json_))

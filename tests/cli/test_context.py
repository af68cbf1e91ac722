"""A command finds its instance, tables keep their columns in every script, and a refusal is a line and no trace."""

import click
import pytest

from server.cli import main
from server.cli.context import print_table
from server.text.dates import format_moment
from tests.cli.shell import rows, shell


def test_the_instance_is_the_one_that_the_option_names(letters):
    assert shell("--instance", letters, "outbox").exit_code == 0


def test_the_instance_is_the_one_that_the_environment_names(letters):
    assert shell("outbox", env={"UNDERSIGNED_INSTANCE": str(letters)}).exit_code == 0


def test_the_instance_is_the_current_folder_when_nothing_names_one(letters, monkeypatch):
    monkeypatch.chdir(letters)

    assert shell("outbox").exit_code == 0


def test_the_option_goes_before_the_environment(letters, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")

    assert shell("--instance", letters, "outbox", env={"UNDERSIGNED_INSTANCE": str(elsewhere)}).exit_code == 0


def test_the_environment_goes_before_the_settings_file(undersigned, letters):
    elsewhere = letters / "elsewhere.db"

    refused = undersigned("check", UNDERSIGNED_DATABASE=str(elsewhere))

    assert refused.exit_code == 1
    assert refused.stderr.startswith(f"Error: there is no database at {elsewhere}. ")


def test_where_there_is_no_settings_file_its_place_and_every_missing_setting_are_told(tmp_path):
    refused = shell("--instance", tmp_path, "check")

    assert refused.exit_code == 1
    assert f"there is no {tmp_path}/undersigned.env; give its folder with --instance FOLDER" in refused.stderr
    for name in ("SECRET_KEYS", "PEPPER", "DATA_KEYS", "BASE_URL", "MAIL_URL", "MAIL_FROM"):
        assert f"UNDERSIGNED_{name} is missing" in refused.stderr
    assert not list(tmp_path.iterdir())


def test_everything_that_is_wrong_with_the_settings_is_told_at_once(letters):
    file = letters / "undersigned.env"
    file.write_text(
        file.read_text()
        + "UNDERSIGNED_PEPPER='AAAA'\nUNDERSIGNED_BASE_URL='http://sign.example'\nUNDERSIGNED_LIMIT_SING='1 per day'\n"
    )

    refused = shell("--instance", letters, "statement", "list")

    assert refused.exit_code == 1
    assert "UNDERSIGNED_PEPPER: must be a key of 32 random bytes" in refused.stderr
    assert "UNDERSIGNED_BASE_URL: must be https" in refused.stderr
    assert "UNDERSIGNED_LIMIT_SING is no setting; did you mean UNDERSIGNED_LIMIT_SIGN?" in refused.stderr
    assert "AAAA" not in refused.stderr


def test_a_refused_setting_does_not_print_the_secret_that_it_holds(undersigned):
    refused = undersigned("check", UNDERSIGNED_MAIL_URL="smtp://ani:s3cret@mail.example:port")

    assert refused.exit_code == 1
    assert "UNDERSIGNED_MAIL_URL" in refused.stderr
    assert "s3cret" not in refused.output


def test_a_settings_file_that_is_no_text_is_refused_by_its_name(letters):
    (letters / "undersigned.env").write_bytes("UNDERSIGNED_MAIL_FROM='Ärzte <a@b.example>'\n".encode("latin-1"))

    refused = shell("--instance", letters, "check")

    assert (refused.exit_code, refused.stderr) == (1, f"Error: {letters}/undersigned.env is not UTF-8 text\n")


def test_one_refusal_is_one_line(undersigned):
    refused = undersigned("statement", "open", "no-such-slug")

    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr == "Error: there is no statement no-such-slug\n"


@pytest.mark.parametrize(
    "words",
    [
        ("statement", "open"),
        ("statement", "close"),
        ("signatories", "list"),
        ("signatories", "export"),
        ("signatories", "hold", "7"),
        ("partner", "add", "--origin", "https://www.partner.example"),
        ("token", "add", "machine", "--scope", "export", "--statement"),
    ],
)
def test_an_unknown_statement_is_refused_by_every_command(undersigned, words):
    at = 2 if words[:2] != ("token", "add") else len(words)
    refused = undersigned(*words[:at], "no-such-slug", *words[at:])

    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "no" in refused.stderr
    assert "Traceback" not in refused.output


@pytest.mark.sqlite
def test_a_damaged_database_is_refused_without_a_trace(undersigned, letters):
    (letters / "undersigned.db").write_bytes(b"This is not a database. " * 400)

    refused = undersigned("check")

    assert refused.exit_code == 1
    assert f"{letters}/undersigned.db cannot be used as a database" in refused.stderr


def test_asking_for_help_needs_no_instance(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    helped = shell("signatories", "import", "--help")

    assert helped.exit_code == 0
    assert "--dry-run" in helped.stdout


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("Ani Marlowe", 11),
        ("Հակոբ Գևորգյան", 14),
        ("山田花子", 8),
        ("김수현", 6),
        ("Zoe\u0301 L", 5),
        ("علی\u200cرضا", 6),
        ("مُحَمَّد", 4),
    ],
)
def test_columns_stand_under_their_heads_in_every_script(capsys, name, columns):
    print_table(("name", "title"), [(name, "chair")])

    head, rule, line = capsys.readouterr().out.splitlines()
    width = max(columns, len("name"))
    assert head.index("title") == width + 2
    assert rule == f"{'-' * width}  -----"
    assert line == f"{name}{' ' * (width - columns)}  chair"


def commands(group):
    for command in group.commands.values():
        yield command
        if isinstance(command, click.Group):
            yield from commands(command)


@pytest.mark.parametrize("command", list(commands(main)), ids=lambda command: command.name)
def test_the_line_about_a_command_in_the_help_is_not_cut_off(command):
    line = command.get_short_help_str(limit=60)  # what a terminal of 80 columns leaves

    assert line
    assert not line.endswith("...")


def test_a_table_without_rows_is_its_head(capsys):
    print_table(("slug", "title"), [])

    assert capsys.readouterr().out == "slug  title\n----  -----\n"
    assert rows("slug  title\n----  -----\n") == []


def test_a_moment_is_read_in_utc_and_none_is_empty():
    assert format_moment(1_800_000_000) == "2027-01-15 08:00 UTC"
    assert format_moment(None) == ""


def test_the_database_that_a_platform_names_goes_before_the_one_that_init_wrote(letters, undersigned, tmp_path):
    elsewhere = tmp_path / "platform.db"

    made = undersigned("migrate", DATABASE_URL=str(elsewhere))

    assert made.stdout.startswith("applied ")
    assert elsewhere.exists()


def test_a_database_that_is_named_by_our_own_name_goes_before_both(letters, undersigned, tmp_path):
    ours, platforms = tmp_path / "ours.db", tmp_path / "platform.db"

    undersigned("migrate", DATABASE_URL=str(platforms), UNDERSIGNED_DATABASE=str(ours))

    assert (ours.exists(), platforms.exists()) == (True, False)

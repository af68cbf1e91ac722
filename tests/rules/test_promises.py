"""What pages and emails promise: each such sentence is named here with the tests that would fail if it were untrue.

A sentence of ``server/messages/en.json`` with a word of ``PROMISING`` stands in ``PROMISES`` or in ``NO_PROMISE``: who
writes a new one writes its test.
"""

import ast
import json
import re
from collections.abc import Iterator

import pytest

from tests.rules.sources import ROOT

PROMISING = re.compile(
    r"\b(never|nothing|nobody|only|once|no more|not published|erased?|forgotten|forget|deleted?|until|at once|any time"
    r"|works?|minutes?|hours?|days?|stays?|no longer|one email|is kept|cannot)\b",
    re.IGNORECASE,
)

PROMISES: dict[str, tuple[str, ...]] = {
    # the form
    "form.kept": (
        "web/public/test_page_form.py::test_a_refused_form_keeps_all_that_was_typed_and_leads_to_each_field",
    ),
    "form.promise": (
        "mail/test_delivery_budget.py::test_two_emails_to_one_address_are_ten_minutes_apart",
        "web/public/test_signatories.py::test_nobody_is_listed_who_has_not_confirmed_is_held_removed_or_only_counted",
    ),
    "sent.to": (
        "mail/test_delivery_budget.py::test_two_emails_to_one_address_are_ten_minutes_apart",
        "web/public/test_sent_page.py::test_it_shows_the_address_that_was_typed_and_is_kept_by_no_cache",
    ),
    "page.sent": ("mail/test_delivery_budget.py::test_two_emails_to_one_address_are_ten_minutes_apart",),
    "sent.nothing": (
        "mail/test_delivery_budget.py::test_an_address_gets_three_a_day_and_the_rest_is_kept_back",
        "mail/test_domain_limit.py::test_emails_over_the_limit_wait_and_go_hour_by_hour_in_their_order",
        "services/test_disown.py::test_after_one_last_email_none_comes_whoever_signs_with_that_address",
    ),
    "links.sent.text": (
        "web/public/test_request_links.py::test_who_asks_gets_the_link_by_email_and_it_is_nowhere_on_the_way",
    ),
    "links.sent.nothing": ("mail/test_delivery_budget.py::test_the_links_come_once_a_day",),
    "hint.organisation.email": (
        "web/public/test_confirm.py::test_an_unproved_organisation_is_told_that_it_will_be_checked",
    ),
    "hint.organisation.name": (
        "web/public/test_signatories.py::test_an_organisation_is_a_line_and_its_representative_is_not_named",
    ),
    "hint.organisation.title": (
        "web/public/test_signatories.py::test_an_organisation_is_a_line_and_its_representative_is_not_named",
    ),
    "form.closed": ("web/public/test_sign.py::test_a_closed_statement_takes_no_signature",),
    "error.statement-closed": ("web/public/test_sign.py::test_a_closed_statement_takes_no_signature",),
    "error.unavailable": (
        "web/public/test_sign.py::test_an_unusable_database_answers_503_and_the_same_request_works_later",
    ),
    "error.form-token-expired": ("web/public/test_page_form.py::test_a_stale_form_comes_back_fresh",),
    "error.form-too-fast": (
        "web/public/test_page_form.py::test_a_form_that_comes_back_too_fast_is_asked_for_once_more",
    ),
    "page.draft.note": ("web/public/test_sign.py::test_an_unknown_statement_and_a_draft_look_alike",),
    "front.empty": ("web/public/test_front_page.py::test_where_nothing_is_listed_a_sentence_says_so",),
    "report.state.archived": ("web/public/test_pages.py::test_what_is_not_public_has_no_page",),
    "sent.not-yet": (
        "web/public/test_signatories.py::test_nobody_is_listed_who_has_not_confirmed_is_held_removed_or_only_counted",
    ),
    "code.hint": ("services/test_confirmation_codes.py::test_a_code_serves_for_half_an_hour_from_its_email",),
    "code.promise": ("services/test_confirmation_codes.py::test_the_code_of_the_email_opens_its_signature",),
    "hint.email": ("web/public/test_sign_round_trip.py::test_an_address_leaves_by_no_door",),
    "visibility.initials": ("web/public/test_visibility.py::test_initials_show_initials_and_title",),
    "visibility.counted": (
        "web/public/test_signatories.py::test_nobody_is_listed_who_has_not_confirmed_is_held_removed_or_only_counted",
    ),
    "page.privacy": ("web/public/test_thanks_in_browser.py::test_the_page_asks_one_host_until_a_link_is_followed",),
    "page.retention": (
        "services/test_anonymise.py::test_no_word_no_key_and_no_address_of_a_signer_is_left_in_any_file",
    ),
    "page.retention.on": ("services/test_anonymise.py::test_it_counts_from_the_end_by_plan_or_by_hand",),
    "page.retention.nameless": (
        "web/public/test_retention.py::test_once_it_is_done_the_list_says_how_many_signed_without_a_name",
    ),
    "names.together": (
        "web/public/test_names_kept_back.py::test_no_name_is_anywhere_until_there_are_enough_and_then_all_are",
    ),
    "names.waiting": ("web/public/test_names_kept_back.py::test_the_list_says_how_many_wait_besides_the_founders",),
    "names.from": ("web/public/test_names_kept_back.py::test_before_its_day_the_list_is_empty_and_says_so",),
    "versions.intro": ("web/public/test_versions.py::test_every_version_stands_there_with_what_was_changed_and_why",),
    "versions.substance": ("services/test_reconsent.py::test_nobody_is_moved_to_a_text_that_they_have_not_seen",),
    "report.intro": ("web/public/test_partner_report.py::test_no_name_and_no_address_is_on_the_page",),
    "report.counted": (
        "web/public/test_partner_report.py::test_who_withdraws_is_held_or_removed_is_in_no_figure_any_more",
    ),
    "share.elsewhere": ("web/public/test_thanks_in_browser.py::test_the_page_asks_one_host_until_a_link_is_followed",),
    # before signing
    "confirm.title": ("web/public/test_confirm.py::test_no_other_method_changes_anything",),
    "confirm.counted": ("web/public/test_confirm.py::test_who_is_only_counted_consents_to_that",),
    "confirm.not-you": ("services/test_prune.py::test_a_pending_signature_is_forgotten_after_two_weeks",),
    "confirm.not-me.text": (
        "services/test_disown.py::test_row_address_and_waiting_email_are_gone",
        "services/test_disown.py::test_nobody_can_have_that_mailbox_written_to_any_more",
    ),
    "confirm.not-me.never": ("services/test_disown.py::test_nobody_can_have_that_mailbox_written_to_any_more",),
    "mail.disowned.told": (
        "services/test_disown.py::test_all_that_was_sent_with_the_address_and_not_confirmed_is_deleted_at_once",
    ),
    "mail.disowned.told-discreet": (
        "services/test_disown.py::test_all_that_was_sent_with_the_address_and_not_confirmed_is_deleted_at_once",
    ),
    "mail.disowned.last": (
        "services/test_disown.py::test_after_one_last_email_none_comes_whoever_signs_with_that_address",
    ),
    "mail.disowned.last-everywhere": (
        "services/test_disown.py::test_after_one_last_email_none_comes_whoever_signs_with_that_address",
    ),
    "mail.disowned.undo": ("web/public/test_confirm_changes.py::test_the_undo_page_outlives_the_statements_own",),
    "undo.text": ("services/test_disown.py::test_after_an_undo_signing_works_again",),
    "undo.done": ("services/test_disown.py::test_after_an_undo_signing_works_again",),
    "manage.gone.not-me.everywhere": (
        "web/public/test_confirm_changes.py::test_a_second_tick_stops_everything_from_this_server",
    ),
    "mail.confirm.code": (
        "services/test_confirmation_codes.py::test_half_an_hour_begins_when_the_email_goes_and_not_when_the_form_does",
    ),
    "mail.confirm.listed": ("services/test_confirm.py::test_an_organisation_that_is_on_the_list_already_is_held",),
    "mail.confirm.not-yet": (
        "web/public/test_confirm.py::test_without_the_tick_the_page_comes_back_and_nothing_is_signed",
    ),
    "expired.text": ("web/public/test_confirm_links.py::test_an_expired_link_offers_a_new_one_that_works",),
    "mail.confirm.until": ("services/test_confirm.py::test_a_link_works_until_a_day_after_the_end",),
    "mail.confirm.not-you": ("services/test_prune.py::test_nothing_is_left_of_the_address_in_the_files",),
    "mail.reminder.last": ("services/test_send_reminders.py::test_who_has_waited_long_enough_is_reminded_once",),
    # one's own signature
    "manage.withdrawn": (
        "services/test_withdraw.py::test_a_withdrawn_signature_is_uncounted_and_on_the_list_only_where_its_signer_wants_that",
    ),
    "manage.counted": (
        "web/public/test_signatories.py::test_nobody_is_listed_who_has_not_confirmed_is_held_removed_or_only_counted",
    ),
    "manage.edition.text": (
        "web/public/test_versions.py::test_each_name_under_an_older_edition_says_so_and_all_are_counted",
    ),
    "manage.edition.moved": (
        "web/public/test_versions.py::test_who_looked_at_a_text_that_is_not_the_newest_is_shown_the_newest",
    ),
    "manage.state.removed": ("services/test_moderation.py::test_a_removed_signature_is_out_for_good",),
    "manage.erase.tick": (
        "services/test_erase_signature.py::test_every_personal_column_is_empty_those_of_tomorrow_too",
    ),
    "thanks.held.text": ("services/test_moderation.py::test_a_held_signature_is_off_the_list_and_awaits_review",),
    "manage.withdraw.text": (
        "services/test_withdraw.py::test_a_withdrawn_signature_is_uncounted_and_on_the_list_only_where_its_signer_wants_that",
    ),
    "manage.change.review": (
        "services/test_change_signature.py::test_where_the_organisers_look_at_everything_a_changed_line_waits_for_them",
    ),
    "manage.done.news": (
        "services/test_unsubscribe.py::test_the_news_stop_and_the_address_goes_and_the_signature_stays",
    ),
    "manage.data.text": ("web/public/test_manage.py::test_no_column_about_a_person_is_kept_back",),
    "manage.erase.count": (
        "web/public/test_manage.py::test_who_erases_reads_before_how_many_signatures_go_and_afterwards_how_many_went",
    ),
    "manage.erase.text": ("services/test_erase_signature.py::test_no_word_and_no_key_of_a_signer_is_left_in_any_file",),
    "manage.erase.text.removed": (
        "services/test_erase_signature.py::test_what_was_removed_keeps_its_seat_and_no_word",
    ),
    "manage.gone.not-me": ("services/test_disown.py::test_nobody_can_have_that_mailbox_written_to_any_more",),
    "manage.gone.erased": ("services/test_erase_signature.py::test_every_link_to_it_ends",),
    "manage.gone.erased.count": (
        "services/test_erase_signature.py::test_who_erases_by_the_link_of_one_signature_erases_the_others_of_the_mailbox_too",
    ),
    "thanks.already.text": ("services/test_confirm.py::test_a_second_yes_is_harmless",),
    "unsubscribe.text": (
        "services/test_unsubscribe.py::test_the_news_stop_and_the_address_goes_and_the_signature_stays",
    ),
    "unsubscribe.stopped.text": (
        "services/test_unsubscribe.py::test_the_news_stop_and_the_address_goes_and_the_signature_stays",
    ),
    "unsubscribe.stopped.title": (
        "services/test_unsubscribe.py::test_the_news_stop_and_the_address_goes_and_the_signature_stays",
    ),
    # emails
    "mail.already.not-you": ("web/public/test_sign.py::test_reading_and_asking_change_nothing",),
    "mail.already.signed": ("services/test_seats.py::test_the_same_name_signs_once_however_it_is_written",),
    "mail.links.signed": ("web/public/test_manage.py::test_the_link_never_ends_and_works_after_closing",),
    "mail.links.ended": (
        "mail/test_links_by_email.py::test_what_was_withdrawn_or_removed_can_be_found_again_and_erased",
    ),
    "mail.thanks.manage": ("web/public/test_manage.py::test_the_link_never_ends_and_works_after_closing",),
    "mail.held.waits": ("services/test_moderation.py::test_who_waits_for_a_decision_is_told_it",),
    "mail.changed.otherwise": ("services/test_reconsent.py::test_nobody_is_moved_to_a_text_that_they_have_not_seen",),
    "mail.listed.silence": (
        "services/test_listed.py::test_the_address_goes_after_thirty_days_once_its_email_has_gone",
    ),
    "mail.listed.page": ("services/test_listed.py::test_who_leaves_is_off_the_list_and_their_address_is_gone",),
    "mail.refused.gone": ("services/test_moderation.py::test_the_address_goes_with_the_decision",),
    "mail.result.unsubscribe": (
        "services/test_send_results.py::test_only_who_stands_on_the_list_asked_for_news_and_can_be_reached_is_told",
    ),
    # the websites of partners
    "editor.preview.real": (
        "web/public/test_embed_help_in_browser.py::test_the_preview_is_the_real_form_and_follows_what_is_chosen",
    ),
    "editor.pinned.hint": (
        "web/public/test_embed_help_in_browser.py::test_a_pinned_script_that_was_changed_by_one_byte_never_runs",
    ),
    "editor.mode.hint": ("widget/test_frame.py::test_nothing_that_is_typed_reaches_the_page_around",),
}

# Buttons, titles, other words for the same, and sentences about what somebody else does.
NO_PROMISE = {
    "confirm.not-me.delete",
    "count.days-left",
    "doctor.clock",
    "doctor.closed",
    "doctor.not-https",
    "editor.link.hint",
    "editor.listed",
    "editor.pinned",
    "editor.wordpress.hint",
    "error.code-refused",
    "error.key-reused",
    "field.organisation.email",
    "hint.affiliation",
    "invalid.link-in-name",
    "links.title",
    "mail.confirm.authorised",
    "mail.confirm.copy",
    "mail.disowned.subject",
    "mail.result.told",
    "mail.result.told-discreet",
    "mail.thanks.keep",
    "manage.erase",
    "manage.erase.button",
    "manage.gone.erased.title",
    "manage.gone.not-me.title",
    "manage.news.stop",
    "problem.link-invalid.title",
    "problem.not-found.title",
    "problem.title",
    "report.day",
    "report.days",
    "unsubscribe.stop",
    "wait.minutes",
}


def public_messages() -> Iterator[tuple[str, str]]:
    sections = json.loads((ROOT / "server/messages/en.json").read_text("utf-8"))
    for section in ("public", "editor"):
        for key, text in sections[section].items():
            yield key, text if isinstance(text, str) else text["other"]


def promising() -> set[str]:
    return {key for key, text in public_messages() if PROMISING.search(text)}


def defined_tests(file: str) -> set[str]:
    tree = ast.parse((ROOT / "tests" / file).read_text("utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_sentence_that_promises_something_has_its_test_or_is_known_to_promise_nothing():
    assert promising() - PROMISES.keys() - NO_PROMISE == set()


def test_no_sentence_is_named_here_that_is_gone():
    assert (PROMISES.keys() | NO_PROMISE) - {key for key, _ in public_messages()} == set()


def test_there_are_at_least_forty_promises():
    assert len(PROMISES) >= 40


@pytest.mark.parametrize("key", PROMISES)
def test_the_tests_of_a_promise_are_there(key):
    assert PROMISES[key], "no test is named"
    for named in PROMISES[key]:
        file, _, function = named.partition("::")
        assert function in defined_tests(file), named

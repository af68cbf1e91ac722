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
    r"|today|reply to this email|without my name|list says|accepted your signature|on the new text"
    r"|is on the (statement|version)|straight away"
    r"|closed for signatures|unsubscribed?|further news|also apply|is published here|block all|be used"
    r"|will (send|email|check)|be published (here|together)|we send|please send|changed again"
    r"|works?|minutes?|hours?|days?|stays?|no longer|one email|is kept|cannot)\b",
    re.IGNORECASE,
)

PROMISES: dict[str, tuple[str, ...]] = {
    # the form
    "frame.blocked": (
        "widget/test_sandboxed_frame.py::test_in_wordpress_one_reads_the_whole_statement_and_signs",
        "widget/test_sandboxed_frame.py::test_where_windows_may_open_the_link_opens_the_statement",
    ),
    "form.kept": (
        "web/public/test_page_form.py::test_a_refused_form_keeps_all_that_was_typed_and_leads_to_each_field",
    ),
    "form.promise": (
        "mail/test_delivery_budget.py::test_two_emails_to_one_address_are_ten_minutes_apart",
        "services/test_sign.py::test_a_signature_is_pending_counts_nowhere_and_its_email_waits",
        "web/public/test_confirm.py::test_no_other_method_changes_anything",
        "web/public/test_confirm.py::test_the_button_signs_and_leads_to_an_address_without_the_link",
        "web/public/test_confirmation_code.py::test_who_types_the_code_has_signed",
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
        "mail/test_delivery_budget.py::test_a_stranger_who_uses_up_the_confirm_emails_keeps_nobody_from_their_own_links",
    ),
    "links.sent.nothing": (
        "mail/test_delivery_budget.py::test_the_links_come_once_a_day",
        "mail/test_email_kinds.py::test_an_address_that_wants_no_email_about_a_statement_gets_none_of_any_kind",
        "mail/test_domain_limit.py::test_requested_links_are_no_way_around",
    ),
    "links.text": (
        "web/public/test_manage.py::test_the_link_never_ends_and_works_after_closing",
        "web/public/test_request_links.py::test_who_asks_gets_the_link_by_email_and_it_is_nowhere_on_the_way",
    ),
    "hint.organisation.email": (
        "web/public/test_told_of_review.py::test_the_form_tells_organisations_that_their_domain_decides_exactly_where_it_does",
        "web/public/test_sign_round_trip.py::test_an_address_leaves_by_no_door",
    ),
    "hint.organisation.name": (
        "web/public/test_signatories.py::test_an_organisation_is_a_line_and_its_representative_is_not_named",
        "web/public/test_signatories.py::test_a_search_finds_the_organisation_and_not_its_representative",
    ),
    "hint.organisation.title": (
        "web/public/test_signatories.py::test_an_organisation_is_a_line_and_its_representative_is_not_named",
    ),
    "form.closed": ("web/public/test_sign.py::test_a_closed_statement_takes_no_signature",),
    "doctor.closed": ("web/public/test_sign.py::test_a_closed_statement_takes_no_signature",),
    "error.statement-closed": ("web/public/test_sign.py::test_a_closed_statement_takes_no_signature",),
    "error.unavailable": (
        "web/public/test_sign.py::test_an_unusable_database_answers_503_and_the_same_request_works_later",
    ),
    "error.form-token-bad": ("web/public/test_sign_refusals.py::test_a_form_token_that_is_not_ours_is_refused",),
    "error.form-token-expired": ("web/public/test_page_form.py::test_a_stale_form_comes_back_fresh",),
    "error.form-too-fast": (
        "web/public/test_page_form.py::test_a_form_that_comes_back_too_fast_is_asked_for_once_more",
    ),
    "page.draft.note": (
        "web/public/test_pages.py::test_what_is_not_public_has_no_page",
        "web/public/test_front_page.py::test_no_draft_no_discreet_and_no_archived_statement_is_listed",
        "web/public/test_sign.py::test_an_unknown_statement_and_a_draft_look_alike",
    ),
    "front.empty": (
        "web/public/test_front_page.py::test_where_nothing_is_listed_a_sentence_says_so",
        "web/public/test_front_page.py::test_a_statement_that_is_not_listed_is_opened_and_signed_by_its_link",
    ),
    "report.state.archived": ("web/public/test_pages.py::test_an_archived_statement_is_not_public_any_more",),
    "sent.not-yet": (
        "services/test_sign.py::test_a_signature_is_pending_counts_nowhere_and_its_email_waits",
        "web/public/test_signatories.py::test_nobody_is_listed_who_has_not_confirmed_is_held_removed_or_only_counted",
    ),
    "code.hint": (
        "services/test_confirmation_codes.py::test_a_code_serves_for_half_an_hour_from_its_email",
        "web/public/test_confirmation_code.py::test_the_code_stands_in_the_email_as_it_is_typed",
    ),
    "code.promise": ("web/public/test_confirmation_code.py::test_who_types_the_code_has_signed",),
    "hint.email": ("web/public/test_sign_round_trip.py::test_an_address_leaves_by_no_door",),
    "visibility.initials": (
        "web/public/test_visibility.py::test_initials_show_initials_and_title",
        "web/public/test_visibility.py::test_nothing_public_tells_more_than_was_chosen",
    ),
    "visibility.country": (
        "web/public/test_visibility.py::test_without_a_name_title_and_country_are_the_line",
        "web/public/test_visibility.py::test_nothing_public_tells_more_than_was_chosen",
    ),
    "visibility.counted": (
        "web/public/test_visibility.py::test_nothing_public_tells_more_than_was_chosen",
        "web/public/test_signatories.py::test_nobody_is_listed_who_has_not_confirmed_is_held_removed_or_only_counted",
    ),
    "page.privacy": (
        "web/test_security.py::test_every_answer_has_the_headers_and_no_cookie",
        "web/public/test_hosted_page_in_browser.py::test_the_page_asks_one_host_and_keeps_nothing",
        "web/public/test_thanks_in_browser.py::test_the_page_asks_one_host_until_a_link_is_followed",
        "widget/test_privacy.py::test_nothing_is_left_in_the_browser",
        "widget/test_privacy.py::test_the_browser_asks_nobody_but_the_partner_and_the_server",
    ),
    "page.retention": (
        "services/test_anonymise.py::test_no_word_no_key_and_no_address_of_a_signer_is_left_in_any_file",
        "services/test_anonymise.py::test_how_many_signed_and_in_which_state_stays",
        "services/test_anonymise.py::test_it_counts_from_the_end_by_plan_or_by_hand",
        "services/test_anonymise.py::test_no_country_is_left_either_and_everybody_is_counted_as_before",
        "services/test_anonymise.py::test_no_key_is_left_of_addresses_that_never_confirmed",
    ),
    "page.retention.on": (
        "services/test_anonymise.py::test_no_word_no_key_and_no_address_of_a_signer_is_left_in_any_file",
        "services/test_anonymise.py::test_how_many_signed_and_in_which_state_stays",
        "services/test_anonymise.py::test_it_counts_from_the_end_by_plan_or_by_hand",
        "services/test_anonymise.py::test_a_day_before_its_time_all_is_as_it_was",
        "web/public/test_retention.py::test_who_is_asked_to_sign_reads_when_all_of_it_is_erased",
    ),
    "page.retention.nameless": (
        "web/public/test_retention.py::test_once_it_is_done_the_list_says_how_many_signed_without_a_name",
    ),
    "names.together": (
        "web/public/test_names_kept_back.py::test_no_name_is_anywhere_until_there_are_enough_and_then_all_are",
    ),
    "names.waiting": ("web/public/test_names_kept_back.py::test_the_list_says_how_many_wait_besides_the_founders",),
    "names.from": (
        "web/public/test_names_kept_back.py::test_before_its_day_the_list_is_empty_and_says_so",
        "web/public/test_names_kept_back.py::test_when_its_day_comes_every_kept_answer_is_made_anew",
    ),
    "versions.intro": (
        "web/public/test_versions.py::test_every_version_stands_there_with_what_was_changed_and_why",
        "services/test_write_text.py::test_a_text_that_somebody_has_confirmed_is_not_written_any_more",
    ),
    "versions.typo": (
        "services/test_revise.py::test_a_mended_typo_is_a_version_with_its_reason_and_goes_on_with_the_edition",
    ),
    "versions.substance": (
        "services/test_revise.py::test_a_change_of_substance_begins_an_edition_and_leaves_every_name_where_it_is",
        "services/test_reconsent.py::test_nobody_is_moved_to_a_text_that_they_have_not_seen",
    ),
    "report.intro": (
        "web/public/test_partner_report.py::test_no_name_and_no_address_is_on_the_page",
        "web/public/test_partner_report.py::test_a_partner_sees_its_own_figures_and_nobody_elses",
        "web/public/test_partner_report.py::test_a_guessed_link_is_a_page_like_any_unknown",
    ),
    "report.counted": (
        "web/public/test_partner_report.py::test_who_withdraws_is_held_or_removed_is_in_no_figure_any_more",
    ),
    "share.elsewhere": ("web/public/test_thanks_in_browser.py::test_the_page_asks_one_host_until_a_link_is_followed",),
    # before signing
    "confirm.title": (
        "web/public/test_confirm.py::test_no_other_method_changes_anything",
        "web/public/test_confirm.py::test_who_comes_back_after_signing_is_not_told_they_have_not",
    ),
    "confirm.counted": (
        "web/public/test_confirm.py::test_who_is_only_counted_consents_to_that",
        "web/public/test_visibility.py::test_nothing_public_tells_more_than_was_chosen",
    ),
    "confirm.consent.counted": ("web/public/test_visibility.py::test_nothing_public_tells_more_than_was_chosen",),
    "confirm.review": (
        "services/test_moderation.py::test_a_held_signature_is_off_the_list_and_awaits_review",
        "web/public/test_confirm.py::test_an_unproved_organisation_is_told_that_it_will_be_checked",
    ),
    "confirm.not-you": (
        "services/test_prune.py::test_a_pending_signature_is_forgotten_after_two_weeks",
        "services/test_prune.py::test_an_unconfirmed_address_goes_at_two_weeks",
        "services/test_prune.py::test_nothing_is_left_of_the_address_in_the_files",
        "web/public/test_confirm.py::test_no_other_method_changes_anything",
        "web/public/test_signatories.py::test_nobody_is_listed_who_has_not_confirmed_is_held_removed_or_only_counted",
    ),
    "confirm.not-me.text": (
        "services/test_disown.py::test_row_address_and_waiting_email_are_gone",
        "services/test_disown.py::test_all_that_was_sent_with_the_address_and_not_confirmed_is_deleted_at_once",
        "web/public/test_confirm_changes.py::test_the_page_and_the_last_email_lead_to_a_button_that_undoes_it",
        "services/test_disown.py::test_after_one_last_email_none_comes_whoever_signs_with_that_address",
        "services/test_disown.py::test_without_the_undo_it_does_not",
        "web/public/test_confirm_changes.py::test_the_undo_page_outlives_the_statements_own",
    ),
    "confirm.not-me.never": (
        "services/test_disown.py::test_nobody_can_have_that_mailbox_written_to_any_more",
        "web/public/test_confirm_changes.py::test_a_second_tick_stops_everything_from_this_server",
        "mail/test_email_kinds.py::test_an_address_that_wants_no_email_about_a_statement_gets_none_of_any_kind",
    ),
    "mail.disowned.told": (
        "services/test_disown.py::test_row_address_and_waiting_email_are_gone",
        "services/test_disown.py::test_all_that_was_sent_with_the_address_and_not_confirmed_is_deleted_at_once",
        "web/public/test_signatories.py::test_nobody_is_listed_who_has_not_confirmed_is_held_removed_or_only_counted",
    ),
    "mail.disowned.subject": (
        "services/test_disown.py::test_all_that_was_sent_with_the_address_and_not_confirmed_is_deleted_at_once",
    ),
    "mail.disowned.told-discreet": (
        "services/test_disown.py::test_row_address_and_waiting_email_are_gone",
        "services/test_disown.py::test_all_that_was_sent_with_the_address_and_not_confirmed_is_deleted_at_once",
        "web/public/test_signatories.py::test_nobody_is_listed_who_has_not_confirmed_is_held_removed_or_only_counted",
    ),
    "mail.disowned.last": (
        "services/test_disown.py::test_after_one_last_email_none_comes_whoever_signs_with_that_address",
        "mail/test_email_kinds.py::test_an_address_that_wants_no_email_about_a_statement_gets_none_of_any_kind",
        "web/public/test_confirm_changes.py::test_the_undo_page_outlives_the_statements_own",
    ),
    "mail.disowned.last-everywhere": (
        "services/test_disown.py::test_nobody_can_have_that_mailbox_written_to_any_more",
        "services/test_disown.py::test_after_one_last_email_none_comes_whoever_signs_with_that_address",
        "mail/test_email_kinds.py::test_an_address_that_wants_no_email_about_a_statement_gets_none_of_any_kind",
    ),
    "mail.disowned.undo": (
        "web/public/test_confirm_changes.py::test_the_undo_page_outlives_the_statements_own",
        "web/public/test_confirm_changes.py::test_the_page_and_the_last_email_lead_to_a_button_that_undoes_it",
    ),
    "undo.text": (
        "services/test_disown.py::test_after_an_undo_signing_works_again",
        "services/test_disown.py::test_what_was_deleted_does_not_come_back_by_an_undo",
    ),
    "undo.done": ("services/test_disown.py::test_after_an_undo_signing_works_again",),
    "manage.gone.not-me.everywhere": (
        "web/public/test_signatories.py::test_nobody_is_listed_who_has_not_confirmed_is_held_removed_or_only_counted",
        "web/public/test_confirm_changes.py::test_the_page_and_the_last_email_lead_to_a_button_that_undoes_it",
        "services/test_disown.py::test_nobody_can_have_that_mailbox_written_to_any_more",
        "web/public/test_confirm_changes.py::test_a_second_tick_stops_everything_from_this_server",
    ),
    "mail.confirm.code": (
        "services/test_confirmation_codes.py::test_half_an_hour_begins_when_the_email_goes_and_not_when_the_form_does",
        "services/test_confirmation_codes.py::test_a_code_serves_for_half_an_hour_from_its_email",
        "web/public/test_confirmation_code.py::test_who_types_the_code_has_signed",
    ),
    "mail.confirm.listed": (
        "services/test_confirm.py::test_an_organisation_that_is_on_the_list_already_is_held",
        "mail/test_email_kinds.py::test_who_signs_for_an_organisation_that_is_listed_learns_it_and_where_one_signs_as_a_person",
    ),
    "mail.confirm.not-yet": (
        "services/test_sign.py::test_a_signature_is_pending_counts_nowhere_and_its_email_waits",
        "web/public/test_confirm.py::test_without_the_tick_the_page_comes_back_and_nothing_is_signed",
        "web/public/test_confirm.py::test_the_button_signs_and_leads_to_an_address_without_the_link",
    ),
    "expired.text": ("web/public/test_confirm_links.py::test_an_expired_link_offers_a_new_one_that_works",),
    "mail.confirm.until": (
        "mail/test_emails.py::test_the_letter_says_how_long_its_link_really_works_by_the_statements_own_clock",
        "services/test_confirm.py::test_a_link_works_until_a_day_after_the_end",
        "web/public/test_confirm_links.py::test_an_expired_link_offers_a_new_one_that_works",
    ),
    "mail.confirm.not-you": (
        "services/test_prune.py::test_a_pending_signature_is_forgotten_after_two_weeks",
        "services/test_prune.py::test_an_unconfirmed_address_goes_at_two_weeks",
        "services/test_prune.py::test_nothing_is_left_of_the_address_in_the_files",
        "web/public/test_confirm.py::test_no_other_method_changes_anything",
        "web/public/test_signatories.py::test_nobody_is_listed_who_has_not_confirmed_is_held_removed_or_only_counted",
    ),
    "mail.reminder.last": (
        "services/test_send_reminders.py::test_who_has_waited_long_enough_is_reminded_once",
        "services/test_send_reminders.py::test_a_mailbox_that_was_given_a_hundred_times_is_reminded_once",
    ),
    # one's own signature
    "manage.withdrawn": (
        "services/test_withdraw.py::test_a_withdrawn_signature_is_uncounted_and_on_the_list_only_where_its_signer_wants_that",
        "web/public/test_manage.py::test_a_withdrawn_signature_says_so_and_offers_no_more_changes",
    ),
    "manage.withdrawn.shown": (
        "web/public/test_manage.py::test_a_withdrawn_signature_says_so_and_offers_no_more_changes",
        "web/public/test_visibility.py::test_a_withdrawal_is_marked_and_dated_in_its_place",
    ),
    "manage.counted": ("web/public/test_visibility.py::test_nothing_public_tells_more_than_was_chosen",),
    "manage.state.confirmed": ("services/test_confirm.py::test_a_confirmed_signature_is_counted_and_listed_once",),
    "manage.state.held": ("services/test_moderation.py::test_a_held_signature_is_off_the_list_and_awaits_review",),
    "manage.done.held": (
        "services/test_change_signature.py::test_where_the_organisers_look_at_everything_a_changed_line_waits_for_them",
        "web/public/test_manage.py::test_where_everything_is_looked_at_the_page_says_so_before_and_after",
    ),
    "manage.edition.text": (
        "web/public/test_versions.py::test_each_name_under_an_older_edition_says_so_and_all_are_counted",
        "services/test_reconsent.py::test_nobody_is_moved_to_a_text_that_they_have_not_seen",
    ),
    "manage.edition.moved": (
        "web/public/test_versions.py::test_who_looked_at_a_text_that_is_not_the_newest_is_shown_the_newest",
    ),
    "mail.changed.ask": ("web/public/test_versions.py::test_a_signer_keeps_their_name_under_the_new_text",),
    "manage.edition.keep": ("web/public/test_versions.py::test_a_signer_keeps_their_name_under_the_new_text",),
    "manage.edition.done": ("web/public/test_versions.py::test_a_signer_keeps_their_name_under_the_new_text",),
    "manage.state.removed": ("services/test_moderation.py::test_a_removed_signature_is_out_for_good",),
    "manage.erase.tick": (
        "services/test_erase_signature.py::test_every_personal_column_is_empty_those_of_tomorrow_too",
        "services/test_erase_signature.py::test_what_is_left_counts_nowhere_and_frees_its_seat",
        "services/test_erase_signature.py::test_who_erases_by_the_link_of_one_signature_erases_the_others_of_the_mailbox_too",
    ),
    "thanks.held.text": (
        "services/test_moderation.py::test_a_held_signature_is_off_the_list_and_awaits_review",
        "web/public/test_confirm.py::test_an_unproved_organisation_is_told_that_it_will_be_checked",
        "services/test_moderation.py::test_who_waits_for_a_decision_is_told_it",
    ),
    "thanks.confirmed.text": ("services/test_confirm.py::test_a_confirmed_signature_is_counted_and_listed_once",),
    "manage.withdraw.text": (
        "services/test_withdraw.py::test_a_withdrawn_signature_is_uncounted_and_on_the_list_only_where_its_signer_wants_that",
    ),
    "manage.withdraw.hide": ("web/public/test_visibility.py::test_who_goes_quietly_is_gone",),
    "manage.withdraw.show": ("web/public/test_visibility.py::test_a_withdrawal_is_marked_and_dated_in_its_place",),
    "manage.done.withdrawn": (
        "services/test_withdraw.py::test_a_withdrawn_signature_is_uncounted_and_on_the_list_only_where_its_signer_wants_that",
    ),
    "manage.change.review": (
        "services/test_change_signature.py::test_where_the_organisers_look_at_everything_a_changed_line_waits_for_them",
        "web/public/test_manage.py::test_where_everything_is_looked_at_the_page_says_so_before_and_after",
    ),
    "manage.done.news": (
        "services/test_unsubscribe.py::test_the_news_stop_and_the_address_goes_and_the_signature_stays",
        "services/test_unsubscribe.py::test_who_stops_the_news_gets_none_about_what_else_the_mailbox_has_signed",
    ),
    "manage.data.text": (
        "web/public/test_manage.py::test_no_column_about_a_person_is_kept_back",
        "web/public/test_manage.py::test_all_that_is_stored_is_handed_out",
        "web/public/test_manage.py::test_what_the_organisers_have_noted_is_not_in_it_and_the_page_says_whom_to_ask",
    ),
    "manage.erase.count": (
        "web/public/test_manage.py::test_who_erases_reads_before_how_many_signatures_go_and_afterwards_how_many_went",
        "services/test_erase_signature.py::test_who_erases_by_the_link_of_one_signature_erases_the_others_of_the_mailbox_too",
    ),
    "manage.erase.text": (
        "services/test_erase_signature.py::test_no_word_and_no_key_of_a_signer_is_left_in_any_file",
        "services/test_erase_signature.py::test_what_the_journal_knew_of_a_signer_goes_too_and_its_chain_stays_whole",
        "services/test_erase_signature.py::test_what_is_left_counts_nowhere_and_frees_its_seat",
        "web/public/test_manage.py::test_who_erases_everything_is_led_to_a_page_that_knows_nothing",
        "services/test_erase_signature.py::test_what_was_erased_is_brought_back_by_nobody",
    ),
    "manage.erase.text.removed": (
        "services/test_erase_signature.py::test_what_was_removed_keeps_its_seat_and_no_word",
        "services/test_erase_signature.py::test_what_was_erased_is_brought_back_by_nobody",
        "web/public/test_manage_links.py::test_who_erases_what_was_removed_is_told_what_stays",
    ),
    "manage.gone.erased.title": (
        "services/test_erase_signature.py::test_no_word_and_no_key_of_a_signer_is_left_in_any_file",
        "services/test_erase_signature.py::test_who_erases_by_the_link_of_one_signature_erases_the_others_of_the_mailbox_too",
        "web/public/test_manage.py::test_who_erases_everything_is_led_to_a_page_that_knows_nothing",
        "web/public/test_manage_links.py::test_who_erases_what_was_removed_is_told_what_stays",
    ),
    "manage.gone.not-me": (
        "web/public/test_signatories.py::test_nobody_is_listed_who_has_not_confirmed_is_held_removed_or_only_counted",
        "web/public/test_confirm_changes.py::test_the_page_and_the_last_email_lead_to_a_button_that_undoes_it",
        "services/test_disown.py::test_after_one_last_email_none_comes_whoever_signs_with_that_address",
        "web/public/test_confirm_changes.py::test_who_did_not_sign_deletes_it_and_hears_no_more",
    ),
    "manage.gone.not-me.title": (
        "services/test_disown.py::test_all_that_was_sent_with_the_address_and_not_confirmed_is_deleted_at_once",
    ),
    "manage.gone.erased": (
        "services/test_erase_signature.py::test_no_word_and_no_key_of_a_signer_is_left_in_any_file",
        "services/test_erase_signature.py::test_every_personal_column_is_empty_those_of_tomorrow_too",
        "services/test_erase_signature.py::test_what_the_journal_knew_of_a_signer_goes_too_and_its_chain_stays_whole",
        "services/test_erase_signature.py::test_no_email_keeps_the_key_of_the_address_not_those_that_are_about_no_signature_that_is_there",
        "services/test_erase_signature.py::test_every_link_to_it_ends",
        "web/public/test_manage_links.py::test_who_had_withdrawn_before_is_told_of_no_code_and_none_stays",
    ),
    "manage.gone.erased.removed": (
        "services/test_erase_signature.py::test_what_was_removed_keeps_its_seat_and_no_word",
        "web/public/test_manage_links.py::test_who_erases_what_was_removed_is_told_what_stays",
    ),
    "manage.gone.erased.count": (
        "services/test_erase_signature.py::test_who_erases_by_the_link_of_one_signature_erases_the_others_of_the_mailbox_too",
        "web/public/test_manage.py::test_who_erases_reads_before_how_many_signatures_go_and_afterwards_how_many_went",
    ),
    "thanks.already.text": ("services/test_confirm.py::test_a_second_yes_is_harmless",),
    "unsubscribe.text": (
        "services/test_unsubscribe.py::test_the_news_stop_and_the_address_goes_and_the_signature_stays",
        "web/public/test_unsubscribe.py::test_the_button_stops_the_news",
    ),
    "unsubscribe.stopped.text": (
        "services/test_unsubscribe.py::test_the_news_stop_and_the_address_goes_and_the_signature_stays",
    ),
    "unsubscribe.stopped.title": (
        "services/test_unsubscribe.py::test_who_stops_the_news_gets_none_about_what_else_the_mailbox_has_signed",
    ),
    # emails
    "mail.already.not-you": (
        "services/test_seats.py::test_who_has_signed_stays_as_they_are_whatever_is_sent_with_their_address",
    ),
    "mail.already.signed": (
        "mail/test_delivery.py::test_who_has_signed_under_the_name_is_told_so",
        "services/test_seats.py::test_the_same_name_signs_once_however_it_is_written",
    ),
    "mail.links.signed": (
        "web/public/test_manage.py::test_the_link_never_ends_and_works_after_closing",
        "services/test_change_signature.py::test_to_hide_a_name_needs_nobodys_leave_and_to_show_it_again_does",
    ),
    "mail.links.ended": (
        "mail/test_links_by_email.py::test_what_was_withdrawn_or_removed_can_be_found_again_and_erased",
    ),
    "mail.thanks.manage": (
        "web/public/test_manage.py::test_the_link_never_ends_and_works_after_closing",
        "services/test_change_signature.py::test_to_hide_a_name_needs_nobodys_leave_and_to_show_it_again_does",
    ),
    "mail.held.waits": (
        "services/test_moderation.py::test_a_held_signature_is_off_the_list_and_awaits_review",
        "services/test_moderation.py::test_who_waits_for_a_decision_is_told_it",
        "mail/test_email_kinds.py::test_who_is_held_hears_of_it_and_of_the_decision",
    ),
    "mail.approved.told": ("services/test_moderation.py::test_an_approved_signature_is_back_in_its_old_place",),
    "mail.approved.told-discreet": (
        "services/test_moderation.py::test_an_approved_signature_is_back_in_its_old_place",
    ),
    "mail.changed.otherwise": (
        "services/test_reconsent.py::test_nobody_is_moved_to_a_text_that_they_have_not_seen",
        "web/public/test_versions.py::test_each_name_under_an_older_edition_says_so_and_all_are_counted",
    ),
    "mail.invited.not-yet": (
        "services/test_invitations.py::test_each_becomes_a_pending_signature_that_nobody_sees_or_counts",
        "web/public/test_confirm.py::test_the_button_signs_and_leads_to_an_address_without_the_link",
    ),
    "mail.invited.ends": (
        "mail/test_invited.py::test_an_invitation_lives_for_two_weeks_from_when_its_email_went",
        "mail/test_invited.py::test_counted_from_the_import_the_last_ones_of_a_slow_pace_would_end_early",
    ),
    "mail.invited.again": (
        "mail/test_invited.py::test_who_was_invited_is_reminded_once_in_words_that_are_true_two_days_after_their_email",
    ),
    "mail.invited.not-you": (
        "services/test_disown.py::test_after_one_last_email_none_comes_whoever_signs_with_that_address",
        "services/test_invitations.py::test_who_said_that_it_was_not_they_is_not_invited_again",
    ),
    "mail.listed.silence": (
        "services/test_listed.py::test_the_address_goes_after_thirty_days_once_its_email_has_gone",
    ),
    "mail.listed.page": (
        "services/test_listed.py::test_who_did_not_answer_can_do_so_years_after_their_address_went",
        "services/test_listed.py::test_who_leaves_is_off_the_list_and_their_address_is_gone",
    ),
    "mail.listed.by": ("mail/test_listed.py::test_answers_go_to_the_organisers",),
    "mail.refused.gone": (
        "services/test_moderation.py::test_a_removed_signature_is_out_for_good",
        "services/test_moderation.py::test_the_address_goes_with_the_decision",
    ),
    "mail.refused.questions": (
        "mail/test_emails.py::test_who_is_refused_gets_no_link_and_learns_whether_to_answer",
        "mail/test_delivery.py::test_replies_go_to_the_organisers_when_the_statement_says_who_they_are",
    ),
    "mail.result.told": (
        "web/public/test_sign.py::test_a_closed_statement_takes_no_signature",
        "services/test_send_results.py::test_a_day_after_the_end_every_reader_is_told_once",
        "services/test_confirm.py::test_a_link_works_until_a_day_after_the_end",
    ),
    "mail.result.told-discreet": (
        "web/public/test_sign.py::test_a_closed_statement_takes_no_signature",
        "services/test_send_results.py::test_a_day_after_the_end_every_reader_is_told_once",
        "services/test_confirm.py::test_a_link_works_until_a_day_after_the_end",
    ),
    "mail.result.unsubscribe": (
        "services/test_send_results.py::test_only_who_stands_on_the_list_asked_for_news_and_can_be_reached_is_told",
        "web/public/test_unsubscribe.py::test_the_button_stops_the_news",
    ),
    # the websites of partners
    "editor.preview.real": (
        "web/public/test_embed_help_in_browser.py::test_the_preview_is_the_real_form_and_follows_what_is_chosen",
    ),
    "editor.listed": (
        "web/public/test_frame.py::test_the_websites_of_the_partner_in_the_address_may_frame_it_and_nobody_else",
    ),
    "editor.wordpress.hint": (
        "widget/test_sandboxed_frame.py::test_in_wordpress_one_reads_the_whole_statement_and_signs",
    ),
    "editor.pinned.hint": (
        "web/public/test_embed_help_in_browser.py::test_a_pinned_script_that_was_changed_by_one_byte_never_runs",
    ),
    "editor.pinned": ("web/test_assets.py::test_a_pinned_bundle_never_changes",),
    "editor.mode.hint": (
        "widget/test_frame.py::test_nothing_that_is_typed_reaches_the_page_around",
        "widget/test_frame.py::test_in_the_page_itself_the_form_writes_in_the_pages_own_font",
    ),
}

# Buttons, titles, other words for the same, and sentences about what somebody else does.
NO_PROMISE = {
    "confirm.not-me.delete",
    "count.days-left",
    "doctor.clock",
    "doctor.not-https",
    "editor.link.hint",
    "error.code-refused",
    "error.key-reused",
    "field.organisation.email",
    "hint.affiliation",
    "invalid.link-in-name",
    "links.title",
    "mail.confirm.authorised",
    "mail.confirm.copy",
    "mail.thanks.keep",
    "manage.erase",
    "manage.erase.button",
    "manage.news",
    "manage.news.stop",
    "problem.link-invalid.title",
    "problem.not-found.title",
    "problem.title",
    "report.day",
    "report.days",
    "unsubscribe.stop",
    "unsubscribe.title",
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

/**
 * What auditors ask for: forms whose published versions do not change, what people filled in, and
 * reports on a period: who reached what, what was kept how long, which keys are old, what looked
 * wrong.
 *
 * <p>Owns the tables {@code form_templates}, {@code form_template_versions}, {@code
 * form_submissions} and {@code compliance_reports}. Promises: a published version is fixed; what
 * was filled in fitted its version, and is never changed; a report says what the tables say at the
 * moment that it is made, and keeps it. Asks db, http, access, audit.
 */
@NullMarked
package dev.ledgerstone.compliance;

import org.jspecify.annotations.NullMarked;

/**
 * Seals what must be read again but never be seen: provider credentials, kept answers.
 *
 * <p>Owns the master key and the table {@code sealing_keys}. Promises: a sealed text says nothing,
 * cannot be changed, and opens only for the purpose and the row that it was sealed for; a wrong
 * master key is noticed at start, before anything is touched. Asks base, problem and db.
 */
@NullMarked
package dev.ledgerstone.vault;

import org.jspecify.annotations.NullMarked;

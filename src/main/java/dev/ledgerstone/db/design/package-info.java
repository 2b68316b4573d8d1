/**
 * The schema as something to compare, write down and draw: tables, columns, constraints, indexes.
 *
 * <p>Owns the {@link Design}, which is the same whichever engine it was read from, what follows
 * from two of them (a migration for both engines), the drift of a database from its migrations, the
 * lint of migrations, and diagrams. Changes no database. Asks db, db.migrate, problem.
 */
@NullMarked
package dev.ledgerstone.db.design;

import org.jspecify.annotations.NullMarked;

/**
 * The command line, and the one place where everything is wired together.
 *
 * <p>Owns the commands and {@link dev.ledgerstone.cli.Server}; sees every room, and no room sees
 * it. Promises: exit codes as documented, tables for people and JSON for programs, no secret
 * printed but one that was just made.
 */
@NullMarked
package dev.ledgerstone.cli;

import org.jspecify.annotations.NullMarked;

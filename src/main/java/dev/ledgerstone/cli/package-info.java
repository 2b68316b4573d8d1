/**
 * The command line, and the one place where everything is wired together.
 *
 * <p>Owns the commands, each a class named so ({@code ServeCommand}), and {@link
 * dev.ledgerstone.cli.Server}, which makes the rooms and stops them; {@code cli.config} brings the
 * database to the configuration file. Sees every room, and no room sees it. Promises: exit codes as
 * documented, tables for people and JSON for programs, no secret printed but one that was just
 * made.
 */
@NullMarked
package dev.ledgerstone.cli;

import org.jspecify.annotations.NullMarked;

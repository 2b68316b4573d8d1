/**
 * The configuration file's rows: providers, services, prices, keys, budgets and limits.
 *
 * <p>{@link dev.ledgerstone.cli.config.ConfigApply} is called once, when a server starts, and has a
 * class for each section of the file. Promises: all of the file or nothing of it; the same file a
 * second time changes nothing; each changed row is audited.
 */
@NullMarked
package dev.ledgerstone.cli.config;

import org.jspecify.annotations.NullMarked;

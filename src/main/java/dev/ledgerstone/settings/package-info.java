/**
 * One record tree of settings: defaults, then the configuration file, the environment, flags; and
 * what else the configuration file says: providers, services, prices, keys, budgets, limits.
 *
 * <p>Owns reading and checking. Promises: every fault is found at once, each names its place and
 * the mend and never quotes a value, so that no secret gets into a log. Writing a configuration
 * into the database is another room's part. Asks base and problem.
 */
@NullMarked
package dev.ledgerstone.settings;

import org.jspecify.annotations.NullMarked;

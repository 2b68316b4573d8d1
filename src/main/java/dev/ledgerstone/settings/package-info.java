/**
 * One record tree of settings: defaults, then the configuration file, the environment, flags.
 *
 * <p>Owns reading and checking; promises that a fault names the place and the mend. Asks base and
 * problem.
 */
@NullMarked
package dev.ledgerstone.settings;

import org.jspecify.annotations.NullMarked;

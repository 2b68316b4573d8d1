/**
 * Metrics, what is unusual in them, and who is told.
 *
 * <p>Owns {@code metric_series}, {@code metrics}, their sums, anomalies, alerts, health checks and
 * services. Promises: the platform's alert rules are on every server under the same ids, and a rule
 * that somebody changed is never written over. Asks base and db.
 */
@NullMarked
package dev.ledgerstone.monitor;

import org.jspecify.annotations.NullMarked;

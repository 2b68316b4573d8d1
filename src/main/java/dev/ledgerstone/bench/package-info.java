/**
 * The benchmarks behind {@code ./ledgerstone bench}: a load, an upstream that is never the
 * bottleneck, and a server of its own.
 *
 * <p>Each figure stands beside the bare upstream's of the same run, for machines differ and the
 * same machine differs by the hour. It speaks HTTP to a server in a process of its own, and asks
 * the database room to fill tables; jobs, routing and formats are measured in this process.
 */
@NullMarked
package dev.ledgerstone.bench;

import org.jspecify.annotations.NullMarked;

/**
 * Work that runs later: it outlives the request that wanted it, and is tried again if it fails.
 *
 * <p>Owns the tables {@code jobs}, {@code job_attempts}, {@code job_queues}, {@code job_schedules}
 * and {@code job_workers}. Promises: a job is there exactly if what wanted it was committed; it is
 * run at least once, and its end is written once, by who shows the token of the last try; tenants
 * take turns; of each time of a schedule there is one job. Asks base, problem, db, events; its
 * routes ask access, audit and http. docs/jobs.md says how it is used and what was measured.
 */
@NullMarked
package dev.ledgerstone.jobs;

import org.jspecify.annotations.NullMarked;

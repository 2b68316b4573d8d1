package dev.ledgerstone.records.plan;

import dev.ledgerstone.records.request.Preferences.Count;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;

/**
 * What is read, and how it is told.
 *
 * @param count of all rows, of which the page is a part
 * @param isStripped whether members that are null are left out
 * @param zone in which times are told; empty: UTC
 * @param cursor whose values of the last row are told; empty: no cursor was asked for
 * @param isTagged whether it is one row of a known key, whose version makes the ETag
 */
public record ReadPlan(
    Node root,
    Count count,
    boolean isStripped,
    Optional<ZoneId> zone,
    Optional<List<Expr>> cursor,
    boolean isTagged) {}

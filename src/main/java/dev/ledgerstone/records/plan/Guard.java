package dev.ledgerstone.records.plan;

import dev.ledgerstone.records.catalogue.Table;
import dev.ledgerstone.records.request.Preferences.Deleted;
import java.util.Optional;
import java.util.UUID;

/**
 * Which rows of a table the caller may read at all; stands in every node of a plan, apart from what
 * the request itself filters.
 *
 * @param tenant the caller's
 * @param owner whose rows alone the caller reads; empty: all of the tenant's
 * @param deleted what becomes of rows that were deleted softly
 */
public record Guard(Table table, UUID tenant, Optional<UUID> owner, Deleted deleted) {}

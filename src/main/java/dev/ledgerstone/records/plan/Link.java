package dev.ledgerstone.records.plan;

import dev.ledgerstone.records.catalogue.Relationship;
import java.util.Optional;

/**
 * How a node hangs from the one above it.
 *
 * @param junction the guard of the table between; empty: there is none
 */
public record Link(Relationship relationship, Optional<Guard> junction) {}

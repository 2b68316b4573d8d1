package dev.ledgerstone.gateway.provider.openai;

import dev.ledgerstone.gateway.provider.local.LocalProvider;

/** Looks at another provider on purpose, so that ArchitectureTest can show that it sees code. */
public record PlantedNeighbour(LocalProvider local) {}

package dev.ledgerstone.cli.config;

import static dev.ledgerstone.db.schema.Tables.AI_PROVIDERS;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.schema.tables.records.AiProvidersRecord;
import dev.ledgerstone.gateway.CatalogStore;
import dev.ledgerstone.gateway.ProviderKeyStore;
import dev.ledgerstone.settings.Config;
import dev.ledgerstone.settings.Settings;
import dev.ledgerstone.vault.Vault;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The section {@code providers}, with the keys of each.
 *
 * @param timeouts of a provider that says nothing of its own
 */
record Providers(Diff diff, Names names, Vault vault, Settings.Gateway timeouts) {
  void apply(List<Config.Provider> wishes) {
    for (Config.Provider wish : wishes) {
      UUID tenant = names.tenant(wish.tenant());
      UUID provider = provider(tenant, wish);
      wish.apiKeys().forEach(key -> key(tenant, provider, key));
    }
  }

  private UUID provider(UUID tenant, Config.Provider wish) {
    AiProvidersRecord row =
        diff.sql()
            .fetchOne(
                AI_PROVIDERS,
                AI_PROVIDERS
                    .TENANT_ID
                    .eq(tenant)
                    .and(AI_PROVIDERS.NAME.eq(wish.name()))
                    .and(AI_PROVIDERS.DELETED_AT.isNull()));
    boolean isNew = row == null;
    if (row == null) {
      row = diff.sql().newRecord(AI_PROVIDERS);
      row.setId(Ids.next());
      row.setTenantId(tenant);
      row.setName(wish.name());
      row.setCreatedAt(diff.now());
      row.setStatus("ACTIVE");
      row.setHealth("UNKNOWN");
      row.setVersion(1L);
    }
    diff.set(row, AI_PROVIDERS.PROVIDER, wish.provider().name());
    diff.set(row, AI_PROVIDERS.BASE_URL, wish.baseUrl());
    diff.set(row, AI_PROVIDERS.HEADERS, object(wish.headers()));
    diff.set(
        row,
        AI_PROVIDERS.CONNECT_TIMEOUT_MILLIS,
        millis(wish.connectTimeout(), timeouts.connectTimeout()));
    diff.set(
        row,
        AI_PROVIDERS.FIRST_TOKEN_TIMEOUT_MILLIS,
        millis(wish.firstTokenTimeout(), timeouts.firstTokenTimeout()));
    diff.set(
        row,
        AI_PROVIDERS.TOTAL_TIMEOUT_MILLIS,
        millis(wish.totalTimeout(), timeouts.totalTimeout()));
    diff.set(row, AI_PROVIDERS.MAX_CONCURRENCY, wish.maxConcurrency());
    credential(row, wish.apiKey());
    diff.store(row, isNew, AI_PROVIDERS.UPDATED_AT, AI_PROVIDERS.VERSION);
    return row.getId();
  }

  /** Sealing is never the same twice: only another key is another row. */
  private void credential(AiProvidersRecord row, @Nullable String wish) {
    String purpose = CatalogStore.purpose(row.getId());
    String sealed = row.getCredential();
    if (!Objects.equals(sealed == null ? null : vault.open(sealed, purpose), wish)) {
      row.setCredential(wish == null ? null : vault.seal(wish, purpose));
    }
  }

  private void key(UUID tenant, UUID provider, Config.ApiKey wish) {
    ProviderKeyStore.put(
        diff.sql(),
        Actor.configuration(tenant),
        vault,
        provider,
        new ProviderKeyStore.Wish(
            wish.name(),
            wish.key(),
            wish.weight(),
            wish.maxConcurrency(),
            wish.requestsPerMinute()),
        diff.now());
  }

  private static int millis(@Nullable Duration own, Duration otherwise) {
    return Math.toIntExact((own == null ? otherwise : own).toMillis());
  }

  private static JsonNode object(Map<String, String> values) {
    ObjectNode object = JsonNodeFactory.instance.objectNode();
    values.forEach(object::put);
    return object;
  }
}

package dev.ledgerstone.cli.config;

import static dev.ledgerstone.db.schema.Tables.API_KEYS;

import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.ledgerstone.access.KeyStore;
import dev.ledgerstone.access.Secrets;
import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.db.schema.tables.records.ApiKeysRecord;
import dev.ledgerstone.settings.Config;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The section {@code keys}. */
record Keys(Diff diff, Names names) {
  void apply(List<Config.Key> wishes) {
    names.byTenant(wishes, Config.Key::tenant, this::apply);
  }

  private void apply(UUID tenant, List<Config.Key> wishes) {
    Map<String, ApiKeysRecord> there =
        KeyStore.named(diff.sql(), tenant, wishes.stream().map(Config.Key::name).toList());
    List<KeyStore.Wish> missing = new ArrayList<>();
    for (Config.Key wish : wishes) {
      if (!stands(tenant, wish, there.get(wish.name()))) {
        missing.add(made(tenant, wish));
      }
    }
    KeyStore.create(diff.sql(), Actor.configuration(tenant), missing, diff.now())
        .forEach(made -> names.remember(tenant, made.name(), made.id()));
  }

  /** Brings a key to what is wished; false: it is not there, or it was another one and ended. */
  private boolean stands(UUID tenant, Config.Key wish, @Nullable ApiKeysRecord row) {
    if (row == null) {
      return false;
    }
    if (!row.getKeyHash().equals(Secrets.hash(wish.key()))) {
      KeyStore.revoke(diff.sql(), Actor.configuration(tenant), row.getId(), diff.now());
      return false;
    }
    names.remember(tenant, wish.name(), row.getId());
    diff.set(row, API_KEYS.USER_ID, names.user(tenant, wish.user()));
    diff.set(row, API_KEYS.SCOPES, Diff.array(wish.scopes()));
    diff.set(row, API_KEYS.ALLOWED_MODELS, array(wish.allowedModels()));
    diff.set(row, API_KEYS.ALLOWED_IPS, array(wish.allowedIps()));
    diff.set(row, API_KEYS.EXPIRES_AT, wish.expiresAt());
    diff.store(row, false, API_KEYS.UPDATED_AT, API_KEYS.VERSION);
    return true;
  }

  private KeyStore.Wish made(UUID tenant, Config.Key wish) {
    return new KeyStore.Wish(
        wish.name(),
        names.user(tenant, wish.user()),
        wish.scopes(),
        wish.allowedModels(),
        wish.allowedIps(),
        null,
        wish.expiresAt(),
        wish.key());
  }

  private static @Nullable ArrayNode array(@Nullable List<String> values) {
    return values == null ? null : Diff.array(values);
  }
}

package dev.ledgerstone.cli;

import static dev.ledgerstone.db.schema.Tables.DATA_RETENTION_POLICIES;
import static dev.ledgerstone.db.schema.Tables.EVENT_COLLECTIONS;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.base.Tenants;
import dev.ledgerstone.db.SeedRows;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import org.jooq.DSLContext;

/**
 * Collections of events and retention policies that the platform offers every tenant, from {@code
 * resources/seeds}.
 */
final class SeedDefaults {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** From which ids of collections count, which are the same on every server. */
  private static final Instant ANCHOR = Instant.parse("2026-01-01T00:00:00Z");

  private SeedDefaults() {}

  /** Makes what is not there; what is there stays as people left it. */
  static void platform(DSLContext sql, Instant now) {
    read("event_collections.json").forEach(it -> collection(sql, it, now));
    read("retention_policies.json").forEach(it -> retention(sql, it, now));
  }

  private static void collection(DSLContext sql, JsonNode collection, Instant now) {
    String name = collection.required("name").textValue();
    sql.insertInto(EVENT_COLLECTIONS)
        // Records of a tenant that moves refer to it there too.
        .set(
            EVENT_COLLECTIONS.ID, SeedRows.id(Tenants.PLATFORM, "event collection/" + name, ANCHOR))
        .set(EVENT_COLLECTIONS.TENANT_ID, Tenants.PLATFORM)
        .set(EVENT_COLLECTIONS.NAME, name)
        .set(EVENT_COLLECTIONS.DESCRIPTION, collection.required("description").textValue())
        .set(
            EVENT_COLLECTIONS.TTL_SECONDS,
            Duration.parse(collection.required("ttl").textValue()).toSeconds())
        .set(EVENT_COLLECTIONS.CREATED_AT, now)
        .set(EVENT_COLLECTIONS.UPDATED_AT, now)
        .onConflict(EVENT_COLLECTIONS.TENANT_ID, EVENT_COLLECTIONS.NAME)
        .doNothing()
        .execute();
  }

  /** A policy that somebody deleted is not made again. */
  private static void retention(DSLContext sql, JsonNode policy, Instant now) {
    String name = policy.required("name").textValue();
    if (sql.fetchExists(
        DATA_RETENTION_POLICIES,
        DATA_RETENTION_POLICIES
            .TENANT_ID
            .eq(Tenants.PLATFORM)
            .and(DATA_RETENTION_POLICIES.NAME.eq(name)))) {
      return;
    }
    sql.insertInto(DATA_RETENTION_POLICIES)
        .set(DATA_RETENTION_POLICIES.ID, Ids.next())
        .set(DATA_RETENTION_POLICIES.TENANT_ID, Tenants.PLATFORM)
        .set(DATA_RETENTION_POLICIES.NAME, name)
        .set(DATA_RETENTION_POLICIES.DESCRIPTION, policy.required("description").textValue())
        .set(DATA_RETENTION_POLICIES.TABLES, policy.required("tables"))
        .set(DATA_RETENTION_POLICIES.KEEP_DAYS, policy.required("keep_days").intValue())
        .set(DATA_RETENTION_POLICIES.CREATED_AT, now)
        .set(DATA_RETENTION_POLICIES.UPDATED_AT, now)
        .execute();
  }

  private static JsonNode read(String file) {
    try (InputStream in = SeedDefaults.class.getResourceAsStream("/seeds/" + file)) {
      if (in == null) {
        throw new IllegalStateException("/seeds/" + file + " is not in the jar");
      }
      return JSON.readTree(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

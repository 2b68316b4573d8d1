package dev.ledgerstone.db.migrate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.Partitions;
import dev.ledgerstone.db.SampleRows;
import dev.ledgerstone.db.TestDatabases;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** The migrations of the product itself, on each engine. */
@ParameterizedClass
@EnumSource(Engine.class)
class OurMigrationsTest {
  private final Engine engine;

  OurMigrationsTest(Engine engine) {
    this.engine = engine;
  }

  /** Versions that leave SQLite as it was: 30 is row-level security. */
  private static final Set<Integer> POSTGRES_ALONE = Set.of(30);

  /** The catalogue, and the rows that migrations write. */
  private static List<String> state(Database database) {
    List<String> state = new ArrayList<>(Catalogue.of(database));
    if (state.stream().anyMatch(line -> line.matches("(?s)(table|relation) revisions .*"))) {
      database
          .read(sql -> sql.fetchValues("select name from revisions order by name"))
          .forEach(name -> state.add("row " + name));
    }
    return state;
  }

  @Test
  void upDownUpLeavesAnIdenticalCatalogueFromEveryVersion() {
    Database database = TestDatabases.empty(engine);
    Migrator migrator = new Migrator(database, "test");
    int head = migrator.check().head();
    List<List<String>> states = new ArrayList<>();
    migrator.upgrade("+1");
    migrator.downgrade("base"); // so that the history's own table is in every state
    states.add(state(database));
    for (int version = 1; version <= head; version++) {
      migrator.upgrade("+1");
      states.add(state(database));
      boolean addsNothing = engine == Engine.SQLITE && POSTGRES_ALONE.contains(version);
      assertThat(states.get(version).equals(states.get(version - 1)))
          .as("version %d adds nothing", version)
          .isEqualTo(addsNothing);
    }

    // One step back, forth and back again: what holds of each step holds of every way.
    for (int version = head; version > 0; version--) {
      migrator.downgrade("-1");
      assertThat(state(database)).as("down from %d", version).isEqualTo(states.get(version - 1));
      migrator.upgrade("+1");
      assertThat(state(database)).as("up to %d", version).isEqualTo(states.get(version));
      migrator.downgrade("-1");
    }
    migrator.upgrade("head");
    assertThat(state(database)).as("up from base").isEqualTo(states.get(head));
  }

  @Test
  void theWayDownPassesOverRows() {
    Database database = TestDatabases.fresh(engine);
    new Partitions(database).ensure(Instant.now());
    database.write(
        sql -> {
          ROWS.lines().forEach(sql::execute);
          SampleRows rows = new SampleRows(sql);
          SampleRows.tables().forEach(rows::row);
          return null;
        });

    Migrator migrator = new Migrator(database, "test");
    migrator.downgrade("base");

    assertThat(migrator.current()).isEmpty();
    migrator.upgrade("head");
    assertThat(migrator.check().isCurrent()).isTrue();
  }

  /** Rows that refer to rows of their own table, beside one in every table. */
  private static final String ROWS =
      """
      insert into tenants (id, slug, name, created_at, updated_at) values ('00000000-0000-7000-8000-000000000001', 't', 'T', '2026-01-01T00:00:00.000000Z', '2026-01-01T00:00:00.000000Z')
      insert into users (id, tenant_id, username, username_key, created_at, updated_at) values ('00000000-0000-7000-8000-000000000002', '00000000-0000-7000-8000-000000000001', 'u', 'u', '2026-01-01T00:00:00.000000Z', '2026-01-01T00:00:00.000000Z')
      insert into api_keys (id, tenant_id, user_id, name, prefix, key_hash, grace_until, created_at, updated_at) values ('00000000-0000-7000-8000-000000000003', '00000000-0000-7000-8000-000000000001', '00000000-0000-7000-8000-000000000002', 'k', 'lsk', 'h1', '2026-01-01T00:00:00.000000Z', '2026-01-01T00:00:00.000000Z', '2026-01-01T00:00:00.000000Z')
      insert into api_keys (id, tenant_id, user_id, name, prefix, key_hash, rotated_from, created_at, updated_at) values ('00000000-0000-7000-8000-000000000004', '00000000-0000-7000-8000-000000000001', '00000000-0000-7000-8000-000000000002', 'k', 'lsk', 'h2', '00000000-0000-7000-8000-000000000003', '2026-01-01T00:00:00.000000Z', '2026-01-01T00:00:00.000000Z')
      insert into user_sessions (id, tenant_id, user_id, token_hash, last_seen_at, expires_at, created_at, updated_at) values ('00000000-0000-7000-8000-000000000005', '00000000-0000-7000-8000-000000000001', '00000000-0000-7000-8000-000000000002', 's', '2026-01-01T00:00:00.000000Z', '2026-01-01T00:00:00.000000Z', '2026-01-01T00:00:00.000000Z', '2026-01-01T00:00:00.000000Z')
      insert into session_activities (id, tenant_id, session_id, action, at) values ('00000000-0000-7000-8000-000000000006', '00000000-0000-7000-8000-000000000001', '00000000-0000-7000-8000-000000000005', 'a', '2026-01-01T00:00:00.000000Z')
      insert into conversations (id, tenant_id, user_id, created_at, updated_at) values ('00000000-0000-7000-8000-000000000007', '00000000-0000-7000-8000-000000000001', '00000000-0000-7000-8000-000000000002', '2026-01-01T00:00:00.000000Z', '2026-01-01T00:00:00.000000Z')
      insert into messages (id, tenant_id, conversation_id, sequence, role, content, created_at, updated_at) values ('00000000-0000-7000-8000-000000000008', '00000000-0000-7000-8000-000000000001', '00000000-0000-7000-8000-000000000007', 1, 'USER', '[]', '2026-01-01T00:00:00.000000Z', '2026-01-01T00:00:00.000000Z')
      insert into messages (id, tenant_id, conversation_id, sequence, role, content, parent_id, created_at, updated_at) values ('00000000-0000-7000-8000-000000000009', '00000000-0000-7000-8000-000000000001', '00000000-0000-7000-8000-000000000007', 2, 'USER', '[]', '00000000-0000-7000-8000-000000000008', '2026-01-01T00:00:00.000000Z', '2026-01-01T00:00:00.000000Z')
      insert into product_categories (id, tenant_id, slug, name, created_at, updated_at) values ('00000000-0000-7000-8000-00000000000b', '00000000-0000-7000-8000-000000000001', 'a', 'A', '2026-01-01T00:00:00.000000Z', '2026-01-01T00:00:00.000000Z')
      insert into product_categories (id, tenant_id, parent_id, slug, name, created_at, updated_at) values ('00000000-0000-7000-8000-00000000000c', '00000000-0000-7000-8000-000000000001', '00000000-0000-7000-8000-00000000000b', 'b', 'B', '2026-01-01T00:00:00.000000Z', '2026-01-01T00:00:00.000000Z')
      insert into events (id, tenant_id, type, subject_table, subject_id, at) values ('00000000-0000-7000-8000-00000000000a', '00000000-0000-7000-8000-000000000001', 't', 'tenants', '00000000-0000-7000-8000-000000000001', '2026-01-01T00:00:00.000000Z')
      """;
}

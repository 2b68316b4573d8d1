package dev.ledgerstone.records;

import static dev.ledgerstone.db.schema.Tables.AGENTS;
import static dev.ledgerstone.db.schema.Tables.TENANTS;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.access.Caller;
import dev.ledgerstone.access.Permission;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.JsonBinding;
import dev.ledgerstone.db.TestDatabases;
import dev.ledgerstone.records.catalogue.Catalogue;
import dev.ledgerstone.records.plan.CallerView;
import dev.ledgerstone.records.plan.Planner;
import dev.ledgerstone.records.plan.ReadPlan;
import dev.ledgerstone.records.query.Reader;
import dev.ledgerstone.records.query.Statements;
import dev.ledgerstone.records.request.Logic;
import dev.ledgerstone.records.request.Preferences;
import dev.ledgerstone.records.request.Query;
import dev.ledgerstone.records.request.Query.Parameter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/**
 * A tree of filters finds the same rows on SQLite, on PostgreSQL and in {@link RowFilter}'s plain
 * reading of it. Full text, regular expressions and the order of texts are left out: there the
 * engines differ, as docs/records.md says.
 */
@SuppressWarnings("NullAway.Init") // what is static is set before the first try
class FilterPropertyTest {
  private static final UUID TENANT = Ids.next();
  private static final int ROWS = 60;

  private static List<RowFilter.Row> rows;
  private static List<Finder> finders;

  /** One engine's way from a request to rows. */
  private record Finder(Engine engine, Statements statements, Reader reader) {
    List<UUID> find(ReadPlan plan) {
      List<UUID> ids = new ArrayList<>();
      for (JsonNode row :
          JsonBinding.parse(
              new String(reader.read(plan).body(), java.nio.charset.StandardCharsets.UTF_8))) {
        ids.add(UUID.fromString(row.path("id").asText()));
      }
      return ids;
    }
  }

  @BeforeContainer
  static void fill() {
    SplittableRandom random = new SplittableRandom(20_261_122L);
    rows = new ArrayList<>();
    for (int i = 0; i < ROWS; i++) {
      rows.add(RowFilter.Row.random(random, i));
    }
    finders = new ArrayList<>();
    for (Engine engine : Engine.values()) {
      Database database = TestDatabases.fresh(engine);
      database.write(
          sql -> {
            sql.insertInto(TENANTS)
                .set(TENANTS.ID, TENANT)
                .set(TENANTS.SLUG, "filters")
                .set(TENANTS.NAME, "Filters")
                .set(TENANTS.CREATED_AT, RowFilter.AT)
                .set(TENANTS.UPDATED_AT, RowFilter.AT)
                .execute();
            for (RowFilter.Row row : rows) {
              sql.insertInto(AGENTS)
                  .set(AGENTS.ID, row.id())
                  .set(AGENTS.TENANT_ID, TENANT)
                  .set(AGENTS.NAME, row.name())
                  .set(AGENTS.DESCRIPTION, row.description())
                  .set(AGENTS.TEMPERATURE, row.temperature())
                  .set(AGENTS.IS_ACTIVE, row.isActive())
                  .set(AGENTS.TOOLS, row.tools())
                  .set(AGENTS.LIMITS, row.limits())
                  .set(AGENTS.VERSION, row.version())
                  .set(AGENTS.CREATED_AT, row.createdAt())
                  .set(AGENTS.UPDATED_AT, row.createdAt())
                  .execute();
            }
            return null;
          });
      Statements statements = new Statements(engine, Duration.ofSeconds(30));
      finders.add(new Finder(engine, statements, new Reader(database, statements)));
    }
  }

  @AfterContainer
  static void close() {
    finders.forEach(it -> it.statements().close());
  }

  private static ReadPlan plan(Logic.Group tree) {
    Permission all = Permission.of("*");
    CallerView view =
        new CallerView(
            Catalogue.ofSchema(),
            new Caller(
                new Caller.TenantInfo(TENANT, "t", "UTC", "OFF", 1),
                Ids.next(),
                "u",
                "OWNER",
                List.of(new Caller.Grant(all, false)),
                List.of(all),
                null,
                null,
                null));
    String name = (tree.isNegated() ? "not." : "") + (tree.isOr() ? "or" : "and");
    return new Planner(view, 100)
        .read(
            view.table("agents"),
            Query.parse(
                List.of(
                    new Parameter("select", "id"),
                    new Parameter("order", "id"),
                    new Parameter(name, tree.printParts()))),
            Preferences.parse(List.of()),
            false);
  }

  @Property(tries = 1_500)
  void aTreeFindsTheSameRowsEverywhere(@ForAll long seed) {
    Logic.Group tree = new RowFilter.Trees(new SplittableRandom(seed), rows).group(3);
    List<UUID> expected =
        rows.stream()
            .filter(row -> Boolean.TRUE.equals(RowFilter.test(tree, row)))
            .map(RowFilter.Row::id)
            .toList();
    ReadPlan plan = plan(tree);
    for (Finder each : finders) {
      assertThat(each.find(plan)).as("%s of %s", each.engine(), tree).isEqualTo(expected);
    }
  }

  /** A measure that nothing can fail would say nothing: of single filters, most find some rows. */
  @Property(tries = 300)
  void manyFiltersFindSomeRowsAndNotAll(@ForAll long seed) {
    Logic filter = new RowFilter.Trees(new SplittableRandom(seed), rows).filter();
    long found =
        rows.stream().filter(row -> Boolean.TRUE.equals(RowFilter.test(filter, row))).count();
    net.jqwik.api.statistics.Statistics.label("found")
        .collect(found == 0 ? "none" : found == ROWS ? "all" : "some")
        .coverage(it -> it.check("some").percentage(share -> share > 40));
  }
}

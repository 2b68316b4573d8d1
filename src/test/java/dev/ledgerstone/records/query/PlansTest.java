package dev.ledgerstone.records.query;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.access.Caller;
import dev.ledgerstone.access.Permission;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.TestDatabases;
import dev.ledgerstone.records.catalogue.Catalogue;
import dev.ledgerstone.records.catalogue.Relationship;
import dev.ledgerstone.records.catalogue.Table;
import dev.ledgerstone.records.plan.CallerView;
import dev.ledgerstone.records.plan.Planner;
import dev.ledgerstone.records.plan.ReadPlan;
import dev.ledgerstone.records.request.Preferences;
import dev.ledgerstone.records.request.Query;
import dev.ledgerstone.records.request.Query.Parameter;
import dev.ledgerstone.testkit.People;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * How the engines run what is asked most: no list, embed or count reads a table from end to end.
 */
@ParameterizedClass
@EnumSource(Engine.class)
class PlansTest {
  private final Database database;
  private final CallerView view;

  PlansTest(Engine engine) {
    database = TestDatabases.fresh(engine);
    Permission all = Permission.of("*");
    view =
        new CallerView(
            Catalogue.ofSchema(),
            new Caller(
                new Caller.TenantInfo(Ids.next(), "t", "UTC", "OFF", 1),
                Ids.next(),
                "u",
                "OWNER",
                List.of(new Caller.Grant(all, false)),
                List.of(all),
                null,
                null,
                null));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "conversations?",
        "conversations?id=eq.00000000-0000-7001-8000-000000000041",
        "conversations?user_id=eq.00000000-0000-7001-8000-000000000041&order=id.desc",
        "conversations?select=*,messages(*),users(username)&limit=20",
        "conversations?select=title,messages!inner(role)&messages.role=eq.USER",
        "conversations?select=title,messages()&messages=is.null",
        "conversations?select=title,messages(count())",
        "messages?conversation_id=eq.00000000-0000-7001-8000-000000000041&order=sequence",
        "messages?select=sequence,messages(sequence),conversations(title)",
        "messages?select=sequence,...conversations(title)&order=conversations(title)",
        "users?select=username,user_profiles(*),api_keys(name),user_sessions(device_name)",
        "ai_requests?order=id.desc&limit=50",
        "ai_requests?order=id.desc&limit=50&cursor=WyIwMDAwMDAwMC0wMDAwLTcwMDEtODAwMC0wMDAwMDAwMDAwNTQiXQ",
        "ai_requests?id=eq.00000000-0000-7001-8000-000000000041",
        "ai_requests?select=count()",
        "cost_tracking?select=cost_nanos.sum()",
        "events?order=id.desc",
        "roles?select=name,role_permissions(permission)",
        "prompt_templates?select=name,prompt_versions(body)",
        "audit_logs?order=id.desc",
        "files?select=filename,file_versions(number)",
        "conversations?title=plfts.lease&order=id.desc"
      })
  void noTableIsReadFromEndToEnd(String request) {
    assertThat(steps(request)).isNotEmpty().noneMatch(PlansTest::isScan);
  }

  /** Lists as they are when nothing is said but how many, and all that can hang from a row. */
  @Test
  void noTablesListOrEmbedReadsOneFromEndToEnd() {
    Catalogue catalogue = Catalogue.ofSchema();
    SoftAssertions softly = new SoftAssertions();
    int embeds = 0;
    for (Table table : catalogue.tables()) {
      if (table.isView() || table.tenancy() == Table.Tenancy.GLOBAL) {
        continue; // a view's rows are another table's; what has no tenant does not grow with them
      }
      softly
          .assertThat(steps(table.name() + "?limit=50"))
          .as(table.name())
          .noneMatch(PlansTest::isScan);
      String key = table.primaryKey().getFirst();
      for (Relationship each : catalogue.relationships(table)) {
        boolean isPlain =
            each.junction() == null
                && !each.from().equals(each.to())
                && each.to().tenancy() != Table.Tenancy.GLOBAL;
        if (isPlain) {
          String request =
              "%s?select=%s,%s!%s(%s)&limit=50"
                  .formatted(table, key, each.to(), each.name(), each.to().primaryKey().getFirst());
          softly.assertThat(steps(request)).as(request).noneMatch(PlansTest::isScan);
          embeds++;
        }
      }
    }
    softly.assertAll();
    assertThat(embeds).isGreaterThan(300);
  }

  /** Under PostgreSQL's policies no index over words is used: docs/adr/0012. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "conversations?title=plfts.lease",
        "conversations?title=fts.lease%26!house&order=id.desc&limit=10",
        "conversations?select=title,messages(role)&title=wfts.a \"great lease\" or house",
        "documents?or=(title.phfts.elm street,summary.fts.le:*)",
        "products?brand=plfts(english).acme&order=name",
        "calendar_events?location=plfts.münchen"
      })
  void wordsAreFoundByTheirIndex(String request) {
    List<String> steps = steps(request);
    switch (database.engine()) {
      case SQLITE ->
          assertThat(steps)
              .anyMatch(it -> it.matches("SCAN \\w+_fts VIRTUAL TABLE INDEX 0:M\\d.*"))
              .anyMatch(it -> it.matches("SEARCH t\\d USING INTEGER PRIMARY KEY \\(rowid=\\?\\)"));
      case POSTGRES -> assertThat(steps).isNotEmpty().noneMatch(PlansTest::isScan);
    }
  }

  private List<String> steps(String request) {
    return explain(statement(request, List.of("count=exact")));
  }

  private Sql statement(String request, List<String> preferences) {
    String[] parts = request.split("\\?", 2);
    List<Parameter> parameters = new ArrayList<>();
    if (parts.length == 2 && !parts[1].isEmpty()) {
      for (String each : parts[1].split("&")) {
        String[] parameter = each.split("=", 2);
        parameters.add(new Parameter(parameter[0], parameter[1].replace("%26", "&")));
      }
    }
    ReadPlan plan =
        new Planner(view, 1000)
            .read(
                view.table(parts[0]),
                Query.parse(parameters),
                Preferences.parse(preferences),
                false);
    try (Statements statements = new Statements(database.engine(), Duration.ofSeconds(5))) {
      return new Reader(database, statements).statement(plan).sql;
    }
  }

  @Test
  void aScanWouldBeSeen() {
    Sql sql = new Sql().add("select count(*) from nodes t0 where t0.version = ").bind("1");
    assertThat(explain(sql)).anyMatch(PlansTest::isScan);
  }

  /** A step that reads all rows of a table, of whatever tenant. */
  private static boolean isScan(String step) {
    return step.contains("Seq Scan on") || step.matches("SCAN t\\d+( .*)?");
  }

  private List<String> explain(Sql sql) {
    return database.readJdbc(
        connection -> {
          List<String> steps = new ArrayList<>();
          boolean isPostgres = database.engine() == Engine.POSTGRES;
          if (isPostgres) {
            // The tables are empty: without this any of them is read whole.
            try (Statement setting = connection.createStatement()) {
              setting.execute("set enable_seqscan = off");
            }
          }
          String explain = isPostgres ? "explain " : "explain query plan ";
          try (PreparedStatement statement = connection.prepareStatement(explain + sql.text())) {
            Binding.set(database.engine(), statement, sql.values());
            try (ResultSet rows = statement.executeQuery()) {
              while (rows.next()) {
                steps.addAll(Arrays.asList(rows.getString(isPostgres ? 1 : 4).strip().split("\n")));
              }
            }
          }
          return steps;
        });
  }

  /**
   * A page is planned a few times, and then never again: with a limit or an offset that is bound
   * PostgreSQL would plan each, and with one in the text SQLite would compile each number's.
   */
  @Test
  void aPageIsNotPlannedEachTime() {
    People people = People.in(database);
    database.write(
        sql ->
            sql.execute(
                """
                insert into conversations (id, tenant_id, user_id, title, created_at, updated_at)
                with recursive n (i) as (select 100000 union all select i + 1 from n where i < 103000)
                select cast('10000000-0000-7001-8000-000000' || cast(i as varchar(6)) as %1$s), u.tenant_id, u.id, 't', u.created_at, u.created_at
                from n cross join users u where u.id = cast('%2$s' as %1$s)
                """
                    .formatted(
                        database.engine() == Engine.SQLITE ? "text" : "uuid", people.user())));
    switch (database.engine()) {
      case SQLITE ->
          assertThat(statement("conversations?order=id&limit=20&offset=40", List.of()).text())
              .isEqualTo(statement("conversations?order=id&limit=30&offset=50", List.of()).text());
      case POSTGRES -> {
        assertThat(planned(people, "conversations?order=id&limit=20", 0)).isPositive();
        for (int from : List.of(1, 40, 1_000, 2_500)) {
          assertThat(planned(people, "conversations?order=id&limit=20", from))
              .as("pages from %d", from)
              .isPositive();
        }
      }
    }
  }

  /** Of pages that lie behind each other, how many are read by a plan that was there. */
  private long planned(People people, String request, int from) {
    return database.readJdbc(
        connection -> {
          try (Statement each = connection.createStatement()) {
            each.execute("deallocate all");
            each.execute("analyze conversations");
            for (int i = 0; i < 20; i++) {
              Sql page = statement(request + (from == 0 ? "" : "&offset=" + (from + i)), List.of());
              page.values().set(0, people.tenant());
              try (PreparedStatement read = connection.prepareStatement(page.text())) {
                Binding.set(database.engine(), read, page.values());
                read.execute();
              }
            }
            try (ResultSet plans =
                each.executeQuery(
                    "select max(generic_plans) from pg_prepared_statements where statement like '%conversations%'")) {
              plans.next();
              return plans.getLong(1);
            }
          }
        });
  }
}

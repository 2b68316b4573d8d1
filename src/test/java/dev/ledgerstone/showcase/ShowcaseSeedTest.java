package dev.ledgerstone.showcase;

import static dev.ledgerstone.db.schema.Tables.CODE_EXAMPLES;
import static dev.ledgerstone.db.schema.Tables.CONVERSATION_EXAMPLES;
import static dev.ledgerstone.db.schema.Tables.DISCOVERY_TOOLS;
import static dev.ledgerstone.db.schema.Tables.INDUSTRIES;
import static dev.ledgerstone.db.schema.Tables.SIMULATION_EXAMPLES;
import static dev.ledgerstone.db.schema.Tables.USE_CASES;
import static dev.ledgerstone.db.schema.Tables.USE_CASE_CATEGORIES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.ledgerstone.access.TenantStore;
import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.base.Tenants;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.TestDatabases;
import dev.ledgerstone.db.schema.tables.records.UseCasesRecord;
import dev.ledgerstone.ledger.TaskType;
import dev.ledgerstone.problem.ProblemException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jooq.Table;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource(Engine.class)
class ShowcaseSeedTest {
  private static final Pattern NAME = Pattern.compile("\\{\\{(\\w+)}}");
  private static final Instant LATER = Instant.parse("2031-01-01T00:00:00Z");

  private static final List<String> TASKS =
      Arrays.stream(TaskType.values()).map(Enum::name).toList();

  private final Database database;

  ShowcaseSeedTest(Engine engine) {
    database = TestDatabases.fresh(engine);
  }

  @BeforeEach
  void seed() {
    database.write(
        sql -> {
          TenantStore.seed(sql, Instant.now());
          return ShowcaseSeed.platform(sql, Instant.now());
        });
  }

  private int count(Table<?> table) {
    return database.read(sql -> sql.fetchCount(table));
  }

  @Test
  void allThatIsPromisedIsThere() {
    assertThat(count(INDUSTRIES)).isEqualTo(9);
    assertThat(count(USE_CASE_CATEGORIES)).isEqualTo(9);
    assertThat(count(USE_CASES)).isGreaterThanOrEqualTo(30);
    assertThat(count(DISCOVERY_TOOLS)).isGreaterThanOrEqualTo(6);
    assertThat(count(CONVERSATION_EXAMPLES)).isPositive();
    assertThat(count(SIMULATION_EXAMPLES)).isPositive();
    assertThat(count(CODE_EXAMPLES)).isPositive();
    assertThat(
            database.<Integer>read(
                sql -> sql.fetchCount(sql.selectDistinct(USE_CASES.INDUSTRY_ID).from(USE_CASES))))
        .isEqualTo(9);
    assertThat(
            database.<Integer>read(
                sql -> sql.fetchCount(sql.selectDistinct(USE_CASES.CATEGORY_ID).from(USE_CASES))))
        .isEqualTo(9);
  }

  @Test
  void whatIsThereStaysAsItIs() {
    database.write(
        sql ->
            sql.update(USE_CASES)
                .set(USE_CASES.TITLE, "Mine")
                .where(USE_CASES.SLUG.eq("tutor"))
                .execute());
    int before = count(USE_CASES);

    assertThat(database.<Integer>write(sql -> ShowcaseSeed.platform(sql, LATER))).isZero();
    assertThat(count(USE_CASES)).isEqualTo(before);
    assertThat(useCase("tutor").getTitle()).isEqualTo("Mine");

    database.write(sql -> sql.deleteFrom(CODE_EXAMPLES).execute());
    int examples = database.write(sql -> ShowcaseSeed.platform(sql, LATER));
    assertThat(examples).isPositive().isEqualTo(count(CODE_EXAMPLES));
  }

  @Test
  void idsAreTheSameOnEveryServer() {
    assertThat(useCase("contract-review").getId())
        .isEqualTo(UUID.fromString("019b76da-a82a-7198-bc72-d871644e89d8"));
  }

  private UseCasesRecord useCase(String slug) {
    return database.read(sql -> sql.fetchSingle(USE_CASES, USE_CASES.SLUG.eq(slug)));
  }

  @Test
  void everyPromptAsksForWhatItsSchemaTakes() {
    List<UseCasesRecord> all = database.read(sql -> List.copyOf(sql.selectFrom(USE_CASES).fetch()));
    for (UseCasesRecord each : all) {
      List<String> asked = new ArrayList<>();
      Matcher name = NAME.matcher(each.getPrompt());
      while (name.find()) {
        asked.add(name.group(1));
      }
      List<String> taken = new ArrayList<>();
      each.getInputSchema().path("properties").fieldNames().forEachRemaining(taken::add);
      assertThat(asked).as(each.getSlug()).isNotEmpty().hasSameElementsAs(taken);
      assertThat(TASKS).contains(each.getTaskType());
      assertThat(each.getApiEndpoint()).contains(each.getSlug());
    }
  }

  @Test
  void aTenantNamesItsOwnUseCasesAndThePlatforms() {
    UUID ours =
        database.write(
            sql ->
                TenantStore.create(
                    sql, Actor.system(Tenants.PLATFORM), "ours", "Ours", Instant.now()));
    UUID theirs =
        database.write(
            sql ->
                TenantStore.create(
                    sql, Actor.system(Tenants.PLATFORM), "theirs", "Theirs", Instant.now()));
    UUID platforms = useCase("tutor").getId();
    UUID own = Ids.next();
    database.write(
        sql -> {
          UseCasesRecord copy =
              sql.fetchSingle(USE_CASES, USE_CASES.ID.eq(platforms)).into(USE_CASES);
          UseCasesRecord made = sql.newRecord(USE_CASES, copy);
          made.setId(own);
          made.setTenantId(theirs);
          return made.insert();
        });

    assertThat(example(ours, platforms)).isEqualTo(1);
    assertThat(example(theirs, own)).isEqualTo(1);
    assertThatThrownBy(() -> example(ours, own)).isInstanceOf(ProblemException.class);
    assertThatThrownBy(
            () ->
                database.write(
                    sql ->
                        sql.update(CONVERSATION_EXAMPLES)
                            .set(CONVERSATION_EXAMPLES.USE_CASE_ID, own)
                            .where(CONVERSATION_EXAMPLES.TENANT_ID.eq(ours))
                            .execute()))
        .isInstanceOf(ProblemException.class);
  }

  private int example(UUID tenant, UUID useCase) {
    return database.write(
        sql -> {
          var row = sql.newRecord(CONVERSATION_EXAMPLES);
          row.setId(Ids.next());
          row.setTenantId(tenant);
          row.setUseCaseId(useCase);
          row.setTitle("T");
          row.setMessages(JsonNodeFactory.instance.arrayNode());
          row.setCreatedAt(Instant.now());
          row.setUpdatedAt(Instant.now());
          return row.insert();
        });
  }
}

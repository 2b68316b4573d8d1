package dev.ledgerstone;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.ledgerstone.base.PlantedFault;
import dev.ledgerstone.gateway.provider.openai.PlantedNeighbour;
import dev.ledgerstone.ledger.PlantedFloat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/**
 * The rules of the house that a compiler does not know. Each is tried on planted faults in the test
 * sources too, or a rule that sees nothing would pass for ever.
 */
class ArchitectureTest {
  private static final String ROOT = "dev.ledgerstone.";

  /** Which rooms a room may ask; every room stands here, and cli alone may ask all of them. */
  private static final Map<String, Set<String>> MAY_ASK =
      Map.ofEntries(
          entry("base", Set.of()),
          entry("problem", Set.of("base")),
          entry("settings", Set.of("base", "problem")),
          entry("db", Set.of("base", "problem", "settings")),
          entry("db.migrate", Set.of("base", "problem", "db")),
          entry(
              "bench",
              Set.of(
                  "base",
                  "db",
                  "db.migrate",
                  "jobs",
                  "audit",
                  "ops.intake",
                  "gateway",
                  "gateway.cache",
                  "gateway.dialogue",
                  "gateway.provider",
                  "gateway.provider.anthropic",
                  "gateway.provider.openai")),
          entry(
              "cli.config",
              Set.of(
                  "base",
                  "problem",
                  "settings",
                  "db",
                  "vault",
                  "audit",
                  "access",
                  "ledger",
                  "gateway")),
          entry("db.design", Set.of("problem", "db", "db.migrate")),
          entry("ops", Set.of("base", "problem", "db", "audit", "ledger")),
          entry("vault", Set.of("base", "problem", "db")),
          entry("http", Set.of("base", "problem", "settings")),
          entry("http.openapi", Set.of("base", "problem", "http")),
          entry("records.catalogue", Set.of("db")),
          entry("records.request", Set.of("problem")),
          entry(
              "records.plan",
              Set.of("base", "problem", "http", "access", "records.catalogue", "records.request")),
          entry(
              "records.query",
              Set.of(
                  "base", "problem", "db", "records.catalogue", "records.plan", "records.request")),
          entry(
              "records",
              Set.of(
                  "problem",
                  "db",
                  "events",
                  "audit",
                  "http",
                  "http.openapi",
                  "access",
                  "records.catalogue",
                  "records.plan",
                  "records.query",
                  "records.request")),
          entry("events", Set.of("base", "db")),
          entry("audit", Set.of("base", "problem", "db", "vault", "events", "http")),
          entry("access", Set.of("base", "problem", "db", "vault", "http", "audit")),
          entry("events.collections", Set.of("base", "problem", "db", "http", "access", "events")),
          entry(
              "notify",
              Set.of(
                  "base",
                  "problem",
                  "db",
                  "vault",
                  "events",
                  "http",
                  "audit",
                  "access",
                  "gateway.provider",
                  "gateway.upstream")),
          entry("security", Set.of("base", "problem", "db", "http", "audit", "access")),
          entry("compliance", Set.of("base", "problem", "db", "http", "audit", "access")),
          entry("ledger", Set.of("base", "problem", "db", "access", "audit", "http")),
          entry("jobs", Set.of("base", "problem", "db", "events", "audit", "access", "http")),
          entry("monitor", Set.of("base", "db")),
          // audit, for the one spelling of JSON
          entry("ops.archive", Set.of("base", "problem", "db", "db.migrate", "audit", "ops")),
          entry(
              "ops.intake",
              Set.of(
                  "base",
                  "problem",
                  "db",
                  "access",
                  "audit",
                  "ledger",
                  "ops",
                  "records.catalogue")),
          entry("showcase", Set.of("base", "db")),
          entry("sample", Set.of("base", "problem", "db", "audit", "access", "ledger")),
          entry(
              "gateway",
              Set.of(
                  "base",
                  "problem",
                  "db",
                  "vault",
                  "http",
                  "access",
                  "audit",
                  "events",
                  "jobs",
                  "ledger",
                  "gateway.cache",
                  "gateway.prompts",
                  "gateway.scores",
                  "gateway.client.responses",
                  "gateway.dialogue",
                  "gateway.limits",
                  "gateway.media",
                  "gateway.provider",
                  "gateway.route",
                  "gateway.wire")),
          entry("gateway.scores", Set.of("ledger", "gateway.dialogue")),
          entry("gateway.prompts", Set.of("base", "problem", "db")),
          entry(
              "chat",
              Set.of(
                  "base",
                  "problem",
                  "db",
                  "http",
                  "access",
                  "audit",
                  "events",
                  "gateway",
                  "gateway.provider")),
          entry("gateway.route", Set.of("ledger")),
          entry("state", Set.of()),
          entry(
              "gateway.cache",
              Set.of(
                  "base",
                  "problem",
                  "db",
                  "vault",
                  "http",
                  "access",
                  "audit",
                  "events",
                  "state",
                  "gateway.dialogue",
                  "gateway.provider")),
          entry("gateway.limits", Set.of("base", "problem", "db", "state")),
          entry("gateway.dialogue", Set.of("problem", "ledger", "gateway.provider")),
          entry(
              "gateway.client.responses",
              Set.of("problem", "ledger", "gateway.dialogue", "gateway.provider", "gateway.wire")),
          entry(
              "gateway.media", Set.of("problem", "ledger", "gateway.dialogue", "gateway.provider")),
          entry(
              "gateway.provider.gemini",
              Set.of("base", "ledger", "gateway.dialogue", "gateway.provider", "gateway.wire")),
          entry("gateway.provider", Set.of("problem")),
          entry("gateway.wire", Set.of("base", "problem", "gateway.dialogue", "gateway.provider")),
          entry("gateway.upstream", Set.of("gateway.dialogue", "gateway.provider")),
          entry(
              "gateway.provider.openai",
              Set.of("ledger", "gateway.dialogue", "gateway.provider", "gateway.wire")),
          entry(
              "gateway.provider.anthropic",
              Set.of("problem", "ledger", "gateway.dialogue", "gateway.provider", "gateway.wire")),
          entry("gateway.provider.local", Set.of("base", "problem", "gateway.provider")));

  /**
   * The ledger's measured path (docs/performance.md), the prices that a cold start reads,
   * reconcile, which streams every line there is, what copies tables whole, the jobs' measured path
   * (docs/jobs.md), and the statements of the records API, which are text already.
   */
  private static final Set<String> PLAIN_JDBC =
      Set.of(
          "bench.BenchRows",
          "jobs.Claim",
          "jobs.Dispatcher",
          "jobs.JobEntry",
          "jobs.JobRows",
          "jobs.JobWriter",
          "jobs.Jobs",
          "jobs.Workers",
          "ledger.BroughtLines",
          "ledger.CarriedSums",
          "ledger.FinishedEvents",
          "ledger.IdempotencyRows",
          "ledger.LedgerEntry",
          "ledger.LedgerWriter",
          "ledger.Journal",
          "ledger.JournalFile",
          "ledger.LineRows",
          "ledger.NewRows",
          "ledger.PastLines",
          "ledger.PeriodBook",
          "ledger.PriceRows",
          "ledger.PriceStore",
          "ledger.Reconciliation",
          "ledger.RollupRows",
          "ledger.Replay",
          "ledger.RowUpdate",
          "ledger.ScoreRows",
          "ledger.Slices",
          "ledger.Statements",
          "ledger.StoredLine",
          "ledger.SummedTables",
          "ledger.Trip",
          "ops.archive.Backup",
          "ops.archive.PostgresTarget",
          "ops.archive.Restore",
          "ops.archive.RowSource",
          "ops.archive.SqliteTarget",
          "ops.archive.Target",
          "ops.archive.TenantImport",
          "ops.intake.Legacy",
          "ops.intake.MetricsSink",
          "ops.intake.OldDatabase",
          "ops.intake.References",
          "ops.intake.Sink",
          "ops.intake.SpendLogSink",
          "ops.intake.TableSink",
          "ops.intake.UsersSink",
          "records.BatchRoutes",
          "records.Made",
          "records.Merge",
          "records.Transactions",
          "records.WriteRoutes",
          "records.Writes",
          "records.Writing",
          "records.query.Binding",
          "records.query.Counts",
          "records.query.Deadlines",
          "records.query.Faults",
          "records.query.Reader",
          "records.query.RowImages",
          "records.query.RowWriter",
          "records.query.SharedReads",
          "records.query.Statements");

  private static final List<String> DRIVERS =
      List.of("java.sql.", "javax.sql.", "org.postgresql.", "org.sqlite.", "com.zaxxer.");

  /**
   * A rate or a share for people to read, and what reads a JSON number: bounded, and a BigDecimal
   * from there on.
   */
  private static final Set<String> FLOATS =
      Set.of(
          "ledger.CatalogueConversion",
          "ledger.Outcome",
          "ledger.RunningPeriod",
          "ledger.UsageReader");

  private static final Set<String> FLOAT_TYPES =
      Set.of("float", "double", "java.lang.Float", "java.lang.Double");

  private static final Set<String> TO_FLOAT =
      Set.of("floatValue", "doubleValue", "asDouble", "parseDouble", "parseFloat");

  private static final int MOST_LINES = 600;

  private static final JavaClasses CODE =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dev.ledgerstone");

  @Test
  void roomsAskOnlyWhomTheyMay() {
    assertThat(wrongQuestions(CODE)).isEmpty();
    assertThat(wrongQuestions(planted(PlantedFault.class)))
        .containsExactly("base.PlantedFault asks db");
  }

  @Test
  void everyRoomStandsInTheTable() {
    Set<String> rooms = new TreeSet<>();
    CODE.forEach(type -> rooms.add(room(type)));
    rooms.remove("cli");
    assertThat(MAY_ASK.keySet()).containsExactlyInAnyOrderElementsOf(rooms);
  }

  @Test
  void noRoomIsAskedInARing() {
    for (String room : MAY_ASK.keySet()) {
      Set<String> reached = new HashSet<>();
      reach(room, reached);
      assertThat(reached).as("what %s reaches", room).doesNotContain(room);
    }
  }

  private static void reach(String room, Set<String> reached) {
    for (String next : MAY_ASK.getOrDefault(room, Set.of())) {
      if (reached.add(next)) {
        reach(next, reached);
      }
    }
  }

  @Test
  void providersNeverSeeEachOther() {
    assertThat(neighbours(CODE)).isEmpty();
    assertThat(neighbours(planted(PlantedNeighbour.class)))
        .containsExactly("gateway.provider.openai.PlantedNeighbour sees gateway.provider.local");
  }

  @Test
  void jdbcStaysInTheDatabaseAndOnTheMeasuredPath() {
    assertThat(jdbc(CODE)).isEmpty();
    assertThat(jdbc(planted(PlantedFault.class)))
        .containsExactly("base.PlantedFault uses java.sql.Connection");
  }

  @Test
  void onlyTheCommandLinePrints() {
    Predicate<JavaAccess<?>> prints =
        access ->
            access.getTargetOwner().isEquivalentTo(System.class)
                && Set.of("out", "err").contains(access.getName());
    assertThat(accesses(CODE, prints).filter(it -> !it.startsWith("cli."))).isEmpty();
    assertThat(accesses(planted(PlantedFault.class), prints))
        .containsExactly("base.PlantedFault: System.out");
  }

  @Test
  void idsRiseAndSecretsAreStrong() {
    Predicate<JavaAccess<?>> weak =
        access ->
            (access.getTargetOwner().isEquivalentTo(java.util.Random.class)
                    && access.getName().equals("<init>"))
                || (access.getTargetOwner().isEquivalentTo(Math.class)
                    && access.getName().equals("random"))
                || (access.getTargetOwner().isEquivalentTo(UUID.class)
                    && access.getName().equals("randomUUID"));
    assertThat(accesses(CODE, weak)).as("use Ids.next() or Ids.secureRandom()").isEmpty();
    assertThat(accesses(planted(PlantedFault.class), weak))
        .containsExactlyInAnyOrder(
            "base.PlantedFault: Random.<init>", "base.PlantedFault: UUID.randomUUID");
  }

  @Test
  void moneyIsNeverAFloat() {
    assertThat(floats(CODE)).isEmpty();
    assertThat(floats(planted(PlantedFloat.class)))
        .containsExactlyInAnyOrder(
            "ledger.PlantedFloat.costNanos",
            "ledger.PlantedFloat.ofText: parseDouble",
            "ledger.PlantedFloat.costNanos()");
  }

  @Test
  void everyPackageSaysWhatItIsForAndWhichNullsItKnows() {
    List<String> silent = new ArrayList<>();
    Set<JavaPackage> packages = new HashSet<>();
    CODE.forEach(type -> packages.add(type.getPackage()));
    for (JavaPackage each : packages) {
      if (!each.getName().startsWith(ROOT + "db.schema")
          && !(each.tryGetPackageInfo().isPresent() && each.isAnnotatedWith(NullMarked.class))) {
        silent.add(each.getName());
      }
    }
    assertThat(packages).hasSizeGreaterThan(MAY_ASK.size());
    assertThat(silent).isEmpty();
  }

  @Test
  void noFileIsTooLong() throws IOException {
    List<String> longOnes = new ArrayList<>();
    int files = 0;
    try (Stream<Path> sources = Files.walk(Path.of("src/main/java"))) {
      for (Path source : sources.filter(it -> it.toString().endsWith(".java")).toList()) {
        files++;
        long lines = lines(Files.readAllLines(source));
        if (lines > MOST_LINES) {
          longOnes.add(source + ": " + lines);
        }
      }
    }
    assertThat(files).isGreaterThan(100);
    assertThat(longOnes).isEmpty();
    assertThat(lines(List.of("import a.B;", "", "int a;", "// why"))).isEqualTo(2);
  }

  /** Imports and blank lines are not what makes a file hard to read. */
  private static long lines(List<String> text) {
    return text.stream().filter(it -> !it.isBlank() && !it.startsWith("import ")).count();
  }

  private static JavaClasses planted(Class<?> type) {
    return new ClassFileImporter().importClasses(type);
  }

  private static Set<String> wrongQuestions(JavaClasses code) {
    Set<String> wrong = new TreeSet<>();
    for (JavaClass type : code) {
      String room = room(type);
      for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
        JavaClass target = dependency.getTargetClass().getBaseComponentType();
        if (target.getName().startsWith(ROOT)
            && !room(target).equals(room)
            && !room.equals("cli")
            && !MAY_ASK.getOrDefault(room, Set.of()).contains(room(target))) {
          wrong.add(outermost(type) + " asks " + room(target));
        }
      }
    }
    return wrong;
  }

  private static Set<String> neighbours(JavaClasses code) {
    String providers = "gateway.provider.";
    Set<String> seen = new TreeSet<>();
    for (JavaClass type : code) {
      for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
        JavaClass target = dependency.getTargetClass().getBaseComponentType();
        if (room(type).startsWith(providers)
            && room(target).startsWith(providers)
            && !room(target).equals(room(type))) {
          seen.add(outermost(type) + " sees " + room(target));
        }
      }
    }
    return seen;
  }

  private static Set<String> jdbc(JavaClasses code) {
    Set<String> uses = new TreeSet<>();
    for (JavaClass type : code) {
      boolean isAllowed =
          room(type).equals("db")
              || room(type).startsWith("db.")
              || PLAIN_JDBC.contains(outermost(type));
      for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
        String target = dependency.getTargetClass().getBaseComponentType().getName();
        if (!isAllowed && DRIVERS.stream().anyMatch(target::startsWith)) {
          uses.add(outermost(type) + " uses " + target);
        }
      }
    }
    return uses;
  }

  private static Stream<String> accesses(JavaClasses code, Predicate<JavaAccess<?>> wanted) {
    return code.stream()
        .flatMap(type -> type.getAccessesFromSelf().stream())
        .filter(wanted)
        .map(
            it ->
                outermost(it.getOriginOwner())
                    + ": "
                    + it.getTargetOwner().getSimpleName()
                    + "."
                    + it.getName())
        .distinct();
  }

  private static Set<String> floats(JavaClasses code) {
    Set<String> found = new TreeSet<>();
    for (JavaClass type : code) {
      String name = outermost(type);
      boolean isMoney = room(type).equals("ledger") || name.equals("base.Money");
      if (!isMoney || FLOATS.contains(name)) {
        continue;
      }
      for (JavaField field : type.getFields()) {
        if (FLOAT_TYPES.contains(field.getRawType().getName())) {
          found.add(name + "." + field.getName());
        }
      }
      for (JavaMethod method : type.getMethods()) {
        if (Stream.concat(
                Stream.of(method.getRawReturnType()), method.getRawParameterTypes().stream())
            .anyMatch(it -> FLOAT_TYPES.contains(it.getName()))) {
          found.add(name + "." + method.getName() + "()");
        }
      }
      type.getMethodCallsFromSelf().stream()
          .filter(it -> TO_FLOAT.contains(it.getName()))
          .forEach(it -> found.add(name + "." + it.getOrigin().getName() + ": " + it.getName()));
    }
    return found;
  }

  /** Empty for what is not ours; the generated tables are part of the room that makes them. */
  private static String room(JavaClass type) {
    String name = type.getPackageName();
    String room = name.startsWith(ROOT) ? name.substring(ROOT.length()) : "";
    return room.startsWith("db.schema") ? "db" : room;
  }

  private static String outermost(JavaClass type) {
    String name = type.getName();
    int nested = name.indexOf('$');
    return name.substring(ROOT.length(), nested < 0 ? name.length() : nested);
  }
}

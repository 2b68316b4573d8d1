package dev.ledgerstone.cli;

import dev.ledgerstone.bench.BenchCommand;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The command line: what every command takes, and the commands. */
@Command(
    name = "ledgerstone",
    description = "The system of record for AI applications.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Versions.class,
    sortOptions = false,
    usageHelpAutoWidth = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:it went well",
      "1:a check failed: reconcile found differences, audit verify faults, verify differences, import rejected rows, db check drift, doctor a fault, a demo's step",
      "2:wrong usage, or a problem that the message says how to mend",
      "3:something unexpected: --debug shows the stack"
    },
    scope = ScopeType.INHERIT)
public final class Main {
  static final int OK = 0;
  static final int CHECK_FAILED = 1;
  static final int PROBLEM = 2;
  static final int UNEXPECTED = 3;

  /** In the order in which help tells of them. */
  private static final List<Class<?>> COMMANDS =
      List.of(
          DemoCommand.class,
          ServeCommand.class,
          DbCommand.class,
          TenantsCommand.class,
          UsersCommand.class,
          KeysCommand.class,
          PricesCommand.class,
          ProvidersCommand.class,
          ReconcileCommand.class,
          BackupCommand.class,
          VerifyCommand.class,
          RestoreCommand.class,
          ExportCommand.class,
          ImportCommand.class,
          AuditCommand.class,
          RetentionCommand.class,
          DoctorCommand.class,
          BenchCommand.class);

  private static final Set<String> TAKES_VERSION = Set.of("upgrade", "downgrade", "stamp", "sql");

  /** How answers are printed. */
  enum Output {
    TABLE,
    JSON
  }

  private final Map<String, String> environment;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      scope = ScopeType.INHERIT,
      description = "Where the server keeps its files; default: data.")
  private @Nullable String data;

  @Option(
      names = "--database",
      paramLabel = "URL",
      scope = ScopeType.INHERIT,
      description =
          "sqlite:FILE or postgresql://user:secret@host/database; default: SQLite in --data.")
  private @Nullable String database;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      scope = ScopeType.INHERIT,
      description = "The configuration file.")
  private @Nullable Path config;

  @Option(
      names = "--output",
      paramLabel = "json|table",
      scope = ScopeType.INHERIT,
      description = "How answers are printed; default: table.")
  private @Nullable Output output;

  @Option(
      names = "--debug",
      scope = ScopeType.INHERIT,
      description = "Show the stack of an unexpected failure; also by LEDGERSTONE_DEBUG.")
  private boolean debug;

  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli before any command runs
  private CommandSpec spec;

  /** The command line of this process. */
  public Main() {
    this(System.getenv());
  }

  Main(Map<String, String> environment) {
    this.environment = Map.copyOf(environment);
  }

  public static void main(String[] args) {
    Logging.quiet();
    System.exit(commandLine(System.getenv(), wanted(args)).execute(args));
  }

  /** The command that the first word names, for to build them all takes a tenth of a start. */
  private static List<Class<?>> wanted(String[] args) {
    return COMMANDS.stream()
        .filter(
            command ->
                args.length > 0 && args[0].equals(command.getAnnotation(Command.class).name()))
        .findFirst()
        .<List<Class<?>>>map(List::of)
        .orElse(COMMANDS);
  }

  /** With all commands. */
  static CommandLine commandLine(Map<String, String> environment) {
    return commandLine(environment, COMMANDS);
  }

  private static CommandLine commandLine(Map<String, String> environment, List<Class<?>> commands) {
    Main main = new Main(environment);
    CommandLine line = new CommandLine(main);
    commands.forEach(line::addSubcommand);
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setExecutionExceptionHandler(
        (failure, command, _) -> Failures.print(failure, command.getErr(), main.debug()));
    line.setParameterExceptionHandler((failure, _) -> Failures.usage(failure));
    CommandLine db = line.getSubcommands().get("db");
    if (db != null) { // "-1" is a version there
      db.getSubcommands()
          .forEach(
              (name, command) ->
                  command.setUnmatchedOptionsArePositionalParams(TAKES_VERSION.contains(name)));
    }
    return line;
  }

  private boolean debug() {
    return debug || !environment.getOrDefault("LEDGERSTONE_DEBUG", "").isEmpty();
  }

  /** What flags, environment and configuration file together say. */
  Context context() {
    return context(Map.of());
  }

  /**
   * As {@link #context()}.
   *
   * @param more flags of one command alone, by the settings' names
   */
  Context context(Map<String, String> more) {
    Map<String, String> flags = new HashMap<>(more);
    if (data != null) {
      flags.put("data.directory", data);
    }
    if (database != null) {
      flags.put("database.url", database);
    }
    return Context.of(flags, environment, config);
  }

  @Nullable String data() {
    return data;
  }

  boolean isJson() {
    return output == Output.JSON;
  }

  PrintWriter out() {
    return spec.commandLine().getOut();
  }

  void say(String line) {
    out().println(line);
    out().flush();
  }

  /** Beside the answer, for people. */
  void hint(String line) {
    PrintWriter err = spec.commandLine().getErr();
    err.println("hint: " + line);
    err.flush();
  }

  /** A list. */
  void print(Rows rows) {
    say(isJson() ? rows.jsonList() : rows.table());
  }

  /** One thing: the only row. */
  void printOne(Rows rows) {
    say(isJson() ? rows.jsonObject() : rows.card());
  }

  Progress progress() {
    return new Progress(spec.commandLine().getErr());
  }

  /** The version, for {@code --version}. */
  static final class Versions implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"ledgerstone " + Version.text()};
    }
  }
}

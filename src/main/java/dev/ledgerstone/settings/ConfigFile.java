package dev.ledgerstone.settings;

import dev.ledgerstone.problem.ProblemException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * Reads a configuration file: YAML, of which JSON is a part. Works on nodes, not on loaded objects,
 * so that each value keeps its line; all faults are found before any is told.
 */
public final class ConfigFile {
  private final String name;
  private final Map<String, String> environment;

  /** What the file is made of; empty: it is no YAML, as a fault tells, or says nothing. */
  private final Optional<Node> root;

  private final List<Fault> faults;

  private ConfigFile(String text, String name, Map<String, String> environment) {
    Reading reading = new Reading(name, environment);
    this.name = name;
    this.environment = environment;
    this.root = compose(text, reading).filter(node -> !Reading.isNull(node));
    this.faults = List.copyOf(reading.faults());
  }

  /**
   * Opens a file: its text is taken apart once, for settings and entries.
   *
   * @param environment what fills {@code ${NAME}}
   */
  public static ConfigFile open(Path file, Map<String, String> environment) {
    return new ConfigFile(text(file), String.valueOf(file.getFileName()), environment);
  }

  /**
   * Reads a file.
   *
   * @param environment what fills {@code ${NAME}}
   * @param known what entries may refer to beside each other
   * @throws ProblemException with a {@link SettingsProblem} that holds every fault
   */
  public static Config read(Path file, Map<String, String> environment, Config.Known known) {
    return open(file, environment).config(known);
  }

  /** As {@link #read}, of a text; the name is for faults. */
  public static Config parse(
      String text, String name, Map<String, String> environment, Config.Known known) {
    return new ConfigFile(text, name, environment).config(known);
  }

  /**
   * Only the settings: they say where the database is, and it knows what the entries may refer to.
   * What is wrong with entries is left to {@link #config}.
   *
   * @throws ProblemException with every fault of the file, if the settings have one
   */
  public Config settings() {
    Reading reading = reading();
    Config config =
        root.map(node -> Block.of(reading, node, ""))
            .map(top -> Config.ofSettings(settings(top, reading)))
            .orElse(Config.EMPTY);
    return reading.faults().isEmpty() ? config : config(Config.Known.NOTHING);
  }

  /**
   * All that the file says.
   *
   * @param known what entries may refer to beside each other
   * @throws ProblemException with a {@link SettingsProblem} that holds every fault
   */
  public Config config(Config.Known known) {
    return config(known, () -> Config.Known.NOTHING);
  }

  /**
   * As above.
   *
   * @param others what else entries may refer to; asked only for what is neither known nor in the
   *     file
   */
  public Config config(Config.Known known, Supplier<Config.Known> others) {
    Reading reading = reading();
    Config config =
        root.map(node -> Block.of(reading, node, ""))
            .map(top -> config(top, reading, new References(reading, known, others)))
            .orElse(Config.EMPTY);
    if (!reading.faults().isEmpty()) {
      throw new SettingsProblem.Faulty(reading.faults()).exception();
    }
    return config;
  }

  private Reading reading() {
    return new Reading(name, environment, faults);
  }

  private static String text(Path file) {
    String name = String.valueOf(file.getFileName());
    try {
      return Files.readString(file);
    } catch (NoSuchFileException _) {
      throw unreadable(name, "is not there", "check the path");
    } catch (CharacterCodingException _) {
      throw unreadable(name, "is not UTF-8", "save it as UTF-8");
    } catch (IOException _) {
      throw unreadable(name, "cannot be read", "check that it is a file, and its permissions");
    }
  }

  private static ProblemException unreadable(String file, String what, String mend) {
    return new SettingsProblem.Faulty(List.of(new Fault(file, 0, 0, "", what, mend))).exception();
  }

  private static Optional<Node> compose(String text, Reading reading) {
    try {
      LoadSettings settings = LoadSettings.builder().setLabel(reading.file()).build();
      return new Compose(settings).composeString(text);
    } catch (MarkedYamlEngineException e) {
      // The engine's own message quotes the line, and with it whatever secret stands there.
      Mark mark = e.getProblemMark().or(e::getContextMark).orElse(null);
      int line = mark == null ? 1 : mark.getLine() + 1;
      int column = mark == null ? 1 : mark.getColumn() + 1;
      reading.fault(
          new Spot("", line, column),
          "is not YAML from here on",
          "look at the indentation, the brackets and the quotes here and in the line before; a"
              + " value that begins with one of @ ` * & ! % | > wants quotes");
    } catch (YamlEngineException _) {
      reading.fault(
          new Spot("", 1, 1),
          "is more than a configuration may hold",
          "take out control characters and most aliases; three million signs are the bound");
    }
    return Optional.empty();
  }

  private static Config config(Block root, Reading reading, References references) {
    Sections sections = new Sections(reading, references);
    Config config =
        new Config(
            settings(root, reading),
            entries(root, "providers", sections::provider),
            entries(root, "services", sections::service),
            entries(root, "prices", sections::price),
            entries(root, "keys", sections::key),
            entries(root, "budgets", sections::budget),
            entries(root, "limits", sections::limit));
    root.end();
    references.check();
    return config;
  }

  private static <T> List<T> entries(Block root, String section, Function<Block, T> read) {
    return root.blocks(section).stream().map(read).toList();
  }

  private static Map<String, Config.Value> settings(Block root, Reading reading) {
    Map<String, Config.Value> settings = new HashMap<>();
    Map<String, List<Setting<?>>> sections =
        Setting.all().stream().collect(Collectors.groupingBy(Setting::section));
    sections.forEach(
        (section, members) -> {
          Block block = root.block(section);
          if (block != null) {
            for (Setting<?> setting : members) {
              setting(block, setting, reading)
                  .ifPresent(value -> settings.put(setting.name(), value));
            }
            block.end();
          }
        });
    return settings;
  }

  /** The text of a setting, checked here too, so that its fault is told with the others. */
  private static Optional<Config.Value> setting(Block block, Setting<?> setting, Reading reading) {
    Node node = block.find(setting.key());
    if (node == null) {
      return Optional.empty();
    }
    Spot spot = block.spot(setting.key());
    return text(node, spot, setting, reading)
        .map(text -> new Config.Value(text, reading.file(), spot.line(), spot.column()));
  }

  private static Optional<String> text(Node node, Spot spot, Setting<?> setting, Reading reading) {
    boolean isList = node instanceof SequenceNode && setting.kind() instanceof Kinds.ListOf<?>;
    List<Node> nodes = isList ? ((SequenceNode) node).getValue() : List.of(node);
    List<String> parts = new ArrayList<>();
    for (Node each : nodes) {
      reading.text(each, spot).ifPresent(parts::add);
    }
    if (parts.size() < nodes.size()) {
      return Optional.empty();
    }
    String text = String.join(",", parts);
    try {
      setting.kind().read(text);
      return Optional.of(text);
    } catch (Wrong e) {
      reading.fault(spot, e.what(), e.mend());
      return Optional.empty();
    }
  }
}

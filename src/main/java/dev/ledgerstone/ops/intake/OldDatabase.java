package dev.ledgerstone.ops.intake;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.DatabaseProblem;
import dev.ledgerstone.db.DatabaseSettings;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Array;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Another system's database, of which nothing is known but what its catalogue says; only read. */
final class OldDatabase {
  private static final int FETCH = 1000;

  private final Connection connection;

  private OldDatabase(Connection connection) {
    this.connection = connection;
  }

  /** A table of it, with its columns but for those of bytes. */
  record OldTable(String name, List<OldColumn> columns, List<String> key) {
    OldTable {
      columns = List.copyOf(columns);
      key = List.copyOf(key);
    }
  }

  /**
   * A column.
   *
   * @param type of {@link Types}
   */
  record OldColumn(String name, int type) {}

  /** What is done with one. */
  @FunctionalInterface
  interface Reading<T> {
    T read(OldDatabase old) throws SQLException, IOException;
  }

  /**
   * Reads one in a single snapshot.
   *
   * @param url {@code sqlite:FILE}, which is opened for reading only, or {@code postgresql://…}
   */
  static <T> T read(String url, Reading<T> reading) throws IOException {
    DatabaseSettings settings = DatabaseSettings.of(url);
    if (!url.startsWith("sqlite:")) {
      try (Database database = Database.open(settings)) {
        return database.snapshot(connection -> read(connection, reading));
      }
    }
    Properties readOnly = new Properties();
    readOnly.setProperty("open_mode", "1");
    try (Connection connection = DriverManager.getConnection("jdbc:" + url, readOnly);
        Statement statement = connection.createStatement()) {
      statement.execute("begin");
      return read(connection, reading);
    } catch (SQLException e) {
      throw DatabaseProblem.of(e);
    }
  }

  private static <T> T read(Connection connection, Reading<T> reading) throws SQLException {
    try {
      return reading.read(new OldDatabase(connection));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** Its tables, by name. */
  List<OldTable> tables() throws SQLException {
    List<String> names = new ArrayList<>();
    DatabaseMetaData catalogue = connection.getMetaData();
    String schema = connection.getSchema();
    try (ResultSet row =
        catalogue.getTables(null, schema, "%", new String[] {"TABLE", "PARTITIONED TABLE"})) {
      while (row.next()) {
        String name = row.getString("TABLE_NAME");
        if (!name.startsWith("sqlite_")) {
          names.add(name);
        }
      }
    }
    List<OldTable> tables = new ArrayList<>();
    for (String name : names.stream().sorted().toList()) {
      tables.add(new OldTable(name, columns(name), key(catalogue, schema, name)));
    }
    return tables;
  }

  private List<OldColumn> columns(String table) throws SQLException {
    List<OldColumn> columns = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet none = statement.executeQuery("select * from " + quoted(table) + " limit 0")) {
      var about = none.getMetaData();
      for (int i = 1; i <= about.getColumnCount(); i++) {
        boolean isTimeWithZone = about.getColumnTypeName(i).equalsIgnoreCase("timestamptz");
        int type = isTimeWithZone ? Types.TIMESTAMP_WITH_TIMEZONE : about.getColumnType(i);
        if (type != Types.BINARY && type != Types.VARBINARY && type != Types.BLOB) {
          columns.add(new OldColumn(about.getColumnName(i), type));
        }
      }
    }
    return columns;
  }

  private static List<String> key(DatabaseMetaData catalogue, String schema, String table)
      throws SQLException {
    List<String> key = new ArrayList<>();
    try (ResultSet row = catalogue.getPrimaryKeys(null, schema, table)) {
      while (row.next()) {
        key.add(row.getString("COLUMN_NAME"));
      }
    }
    return key;
  }

  private static String quoted(String name) {
    return '"' + name.replace("\"", "\"\"") + '"';
  }

  /**
   * Writes a table's rows into a file, an object a line, in the order of their key: of the same
   * rows it is the same file.
   *
   * @return how many
   */
  long export(OldTable table, Path file) throws SQLException, IOException {
    String columns =
        table.columns().stream()
            .map(column -> quoted(column.name()))
            .collect(Collectors.joining(", "));
    String order =
        table.key().isEmpty()
            ? IntStream.rangeClosed(1, table.columns().size())
                .filter(i -> table.columns().get(i - 1).type() != Types.OTHER) // json has no order
                .mapToObj(Integer::toString)
                .collect(Collectors.joining(", "))
            : table.key().stream().map(OldDatabase::quoted).collect(Collectors.joining(", "));
    long rows = 0;
    try (Statement statement = connection.createStatement();
        var text = Files.newBufferedWriter(file);
        JsonGenerator json = RecordReader.MAPPER.createGenerator(text)) {
      statement.setFetchSize(FETCH);
      json.setRootValueSeparator(null);
      try (ResultSet row =
          statement.executeQuery(
              "select "
                  + columns
                  + " from "
                  + quoted(table.name())
                  + (order.isEmpty() ? "" : " order by " + order))) {
        while (row.next()) {
          json.writeStartObject();
          for (int i = 0; i < table.columns().size(); i++) {
            OldColumn column = table.columns().get(i);
            json.writeFieldName(column.name());
            write(json, row, i + 1, column.type());
          }
          json.writeEndObject();
          json.writeRaw('\n');
          rows++;
        }
      }
    }
    return rows;
  }

  private static void write(JsonGenerator json, ResultSet row, int at, int type)
      throws SQLException, IOException {
    if (type == Types.TIMESTAMP_WITH_TIMEZONE) {
      OffsetDateTime time = row.getObject(at, OffsetDateTime.class);
      json.writeString(time == null ? null : time.toInstant().toString());
      return;
    }
    Object value = row.getObject(at);
    switch (value) {
      case null -> json.writeNull();
      case Boolean truth -> json.writeBoolean(truth);
      case Integer number -> json.writeNumber(number);
      case Long number -> json.writeNumber(number);
      case BigDecimal number -> json.writeNumber(number);
      case Double number when Double.isFinite(number) -> json.writeNumber(number);
      case byte[] _ -> json.writeNull(); // SQLite keeps bytes in columns of any type
      case Array list -> {
        json.writeStartArray();
        for (Object each : (Object[]) list.getArray()) {
          json.writeString(each == null ? null : each.toString());
        }
        json.writeEndArray();
      }
      default -> json.writeString(row.getString(at));
    }
  }
}

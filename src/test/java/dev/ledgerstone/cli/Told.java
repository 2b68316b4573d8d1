package dev.ledgerstone.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.db.JsonBinding;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Map;
import picocli.CommandLine;

/** What a command said, and how it ended; run in this process. */
record Told(int code, String out, String err) {
  static Told by(Map<String, String> environment, String... args) {
    CommandLine line = Main.commandLine(environment);
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    line.setOut(new PrintWriter(out, true));
    line.setErr(new PrintWriter(err, true));
    int code = line.execute(args);
    return new Told(code, out.toString(), err.toString());
  }

  JsonNode json() {
    return JsonBinding.parse(out);
  }
}

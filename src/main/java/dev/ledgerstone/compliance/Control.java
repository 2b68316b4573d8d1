package dev.ledgerstone.compliance;

/** What a report judges, and what each framework calls it. */
enum Control {
  LOGGED(
      "Changes are logged, and the log is sealed",
      "CC7.2",
      "A.8.15",
      "164.312(b)",
      "Art. 5(2)",
      "Art. 12"),
  RETENTION(
      "Nothing is kept longer than its policy says",
      "C1.2",
      "A.8.10",
      "164.310(d)(2)(i)",
      "Art. 5(1)(e)",
      "Art. 19"),
  RETENTION_RUNS(
      "What takes old rows away ran without a fault",
      "C1.2",
      "A.8.10",
      "164.310(d)(2)(i)",
      "Art. 5(1)(e)",
      "Art. 19"),
  KEYS_ROTATED("Keys are rotated", "CC6.1", "A.5.17", "164.312(d)", "Art. 32(1)", "Art. 15"),
  KEYS_USED(
      "Keys that nobody uses are revoked",
      "CC6.3",
      "A.5.18",
      "164.308(a)(4)",
      "Art. 32(1)",
      "Art. 15"),
  EVENTS_RESOLVED(
      "What looked like an attack was looked into",
      "CC7.3",
      "A.5.25",
      "164.308(a)(6)",
      "Art. 33(5)",
      "Art. 15");

  /** After whose rules somebody asks. */
  enum Framework {
    GDPR,
    SOC2,
    ISO27001,
    HIPAA,
    EU_AI_ACT,
    CUSTOM
  }

  private final String title;
  private final String soc2;
  private final String iso27001;
  private final String hipaa;
  private final String gdpr;
  private final String aiAct;

  Control(String title, String soc2, String iso27001, String hipaa, String gdpr, String aiAct) {
    this.title = title;
    this.soc2 = soc2;
    this.iso27001 = iso27001;
    this.hipaa = hipaa;
    this.gdpr = gdpr;
    this.aiAct = aiAct;
  }

  String title() {
    return title;
  }

  /** The framework's name for it; our own where there is no framework. */
  String name(Framework framework) {
    return switch (framework) {
      case SOC2 -> soc2;
      case ISO27001 -> iso27001;
      case HIPAA -> hipaa;
      case GDPR -> gdpr;
      case EU_AI_ACT -> aiAct;
      case CUSTOM -> name();
    };
  }
}

package dev.ledgerstone.gateway.wire;

import java.util.Map;

/**
 * The most tokens that one image can be billed as. Each provider scales an image down before it
 * counts, so there is a maximum whatever the image. What they document:
 *
 * <ul>
 *   <li>OpenAI, tiles of 512 pixels (gpt-4o, gpt-4.1, o1): 85 + 8 × 170 = 1,445, because an image
 *       ends within 768 × 2,048. <b>gpt-4o-mini bills the same tiles as 2,833 + 8 × 5,667 =
 *       48,169</b>.
 *   <li>OpenAI, patches of 32 pixels: 1,536 × 2.46 = 3,779 (gpt-4.1-nano); 10,000 where {@code
 *       detail: original} is known.
 *   <li>Llama vision at Together: 4 tiles, 6,404.
 *   <li>Qwen-VL (2, 2.5, as served by vLLM): 16,384 patches of 28 pixels.
 * </ul>
 *
 * <p>So 16,384 holds for all of them but gpt-4o-mini, which is listed by name.
 *
 * @param otherwise for a model that is not listed
 * @param byModel by the model's name as the upstream knows it, or by what the name begins with; the
 *     longest wins
 */
public record ImageTokens(int otherwise, Map<String, Integer> byModel) {
  public static final ImageTokens DEFAULT =
      new ImageTokens(16_384, Map.of("gpt-4o-mini", 2_833 + 8 * 5_667));

  public ImageTokens {
    byModel = Map.copyOf(byModel);
  }

  /** The most that one image can be billed as by that model. */
  public int worst(String model) {
    // A router's name such as openai/gpt-4o-mini is the same model behind another door.
    String bare = model.substring(model.lastIndexOf('/') + 1);
    int worst = otherwise;
    int longest = 0;
    for (var entry : byModel.entrySet()) {
      String name = entry.getKey();
      if (name.length() > longest && (model.startsWith(name) || bare.startsWith(name))) {
        worst = entry.getValue();
        longest = name.length();
      }
    }
    return worst;
  }
}

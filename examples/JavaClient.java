import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

/** Finds audiences of Ortto by name; the key is in ORTTO_API_KEY. Asks once more if Ortto is busy. */
public class JavaClient {
    static final URI API = URI.create("https://api.ap3api.com/v1/audiences/get");

    public static void main(String[] arguments) throws Exception {
        HttpClient client = HttpClient.newHttpClient();
        String body = "{\"search_term\": \"" + arguments[0] + "\", \"limit\": 1}";
        HttpRequest request = HttpRequest.newBuilder(API)
            .header("X-Api-Key", System.getenv("ORTTO_API_KEY"))
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build();
        HttpResponse<String> reply = client.send(request, HttpResponse.BodyHandlers.ofString());
        if (reply.statusCode() == 503) {
            reply = client.send(request, HttpResponse.BodyHandlers.ofString());
        }
        if (reply.statusCode() != 200) {
            throw new IllegalStateException("Ortto answered " + reply.statusCode());
        }
        System.out.println(reply.body());
    }
}

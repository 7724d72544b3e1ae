"""Settings of the log-in: what locks it, and by whose address. The settings import it: nothing of Django's."""

from datetime import timedelta

AUTHENTICATION_BACKENDS = [
    # Refuses whoever failed too often; it knows no users itself.
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
# Of passwords that people choose; those that commands make up are longer.
_VALIDATION = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": f"{_VALIDATION}.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name")},
    },
    {"NAME": f"{_VALIDATION}.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": f"{_VALIDATION}.CommonPasswordValidator"},
    {"NAME": f"{_VALIDATION}.NumericPasswordValidator"},
]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
# The pair: nobody locks somebody else out from elsewhere, and one address is not locked for all who share it.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
# A try while locked does not make it longer: the page says until when, and that stays true.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_LOCKOUT_CALLABLE = "gencraft_media.console.safety.lockout.lockout_page"
AXES_CLIENT_IP_CALLABLE = "gencraft_media.console.safety.lockout.address_of"
# What the log-in form calls it; the user's own field is `email`.
AXES_USERNAME_FORM_FIELD = "username"
# Never kept of a form: the address itself is a column.
AXES_SENSITIVE_PARAMETERS = [
    "username", "password", "code", "confirm_password", "confirm_code", "sealed_form", "csrfmiddlewaretoken",
]  # fmt: skip
AXES_DISABLE_ACCESS_LOG = True
# Registered in the site's own dress.
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

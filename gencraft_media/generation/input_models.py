"""What a job was given to work on."""

from django.db import models


class JobInput(models.Model):
    """One input of a job, as it was when the job was admitted: whatever becomes of its asset or upload, the row stays.

    Sizes in pixels, as the client sees the picture; the object may hold it in others.
    """

    id = models.BigAutoField(primary_key=True)
    job = models.ForeignKey("generation.GenerationJob", on_delete=models.CASCADE, related_name="inputs")
    role = models.CharField(max_length=10)
    # Among those of its role, in the client's order.
    position = models.PositiveSmallIntegerField()
    asset_id = models.UUIDField(null=True)
    upload_id = models.UUIDField(null=True)
    # A private object.
    object_key = models.CharField(max_length=500)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()

    class Meta:
        db_table = "media_generation_inputs"
        constraints = [models.UniqueConstraint(fields=["job", "role", "position"], name="media_inputs_job_position")]

    def __str__(self) -> str:
        return f"{self.role} {self.position} of {self.job_id}"

<#
.SYNOPSIS
Looks at the settings again and again, and calls `taskfence apply` when one of them changed.

.DESCRIPTION
What the scheduled task of Install-Taskfence.ps1 runs. Looking costs a moment in this one process; the program itself is
only started when there is something to do, and every FullSeconds all the same. It looks at once when an address of the
host comes or goes. With "onDrift": "report" in the policy it calls `taskfence check`.

.PARAMETER Looks
Ends after so many looks; 0: never.
#>
[CmdletBinding()]
param(
    [string]$DataFolder = 'C:\ProgramData\Amazon\taskfence',
    [string]$Policy = 'C:\ProgramData\Amazon\taskfence\policy.json',
    [int]$EverySeconds = 15,
    [int]$FullSeconds = 300,
    [int]$Looks = 0
)
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
Import-Module "$PSScriptRoot/Taskfence.psm1", "$PSScriptRoot/Machine.psm1"

$program = Get-Program -Folder (Split-Path -Parent $PSScriptRoot)
$log = [IO.Path]::Combine($DataFolder, 'taskfence.log')
$output = [IO.Path]::Combine($DataFolder, 'output.txt')
$largestLog = 5MB

$asks = @(
    @('variable', @{ Name = 'ECS_ENABLE_TASK_IAM_ROLE' }), @('variable', @{ Name = 'ECS_ENABLE_TASK_ENI' }),
    @('variable', @{ Name = 'ECS_AWSVPC_BLOCK_IMDS' }), @('proxy-service', @{}), @('address', @{}), @('route', @{}),
    @('firewall', @{}), @('portproxy', @{})
)
# Not every host wants them: that they changed is a reason to call the program, and no drift.
$byPolicy = @('variable ECS_ENABLE_TASK_ENI', 'variable ECS_AWSVPC_BLOCK_IMDS')

# All that the settings say, what of it is wrong, and what could not be told.
function Get-Standing {
    $said = @()
    $wrong = @()
    $untold = @()
    foreach ($ask in $asks) {
        $arguments = $ask[1]
        $answer = ConvertFrom-Json -InputObject (& "$PSScriptRoot/settings/$($ask[0]).ps1" -Test @arguments)
        $words = "$($answer.setting): $(if ($answer.holds -eq $true) { 'holds' } else { $answer.because })"
        $said += $words
        if ($null -eq $answer.holds) { $untold += $words }
        elseif (-not $answer.holds -and $byPolicy -notcontains $answer.setting) { $wrong += $words }
    }
    [pscustomobject]@{ Said = $said -join '; '; Wrong = $wrong -join '; '; Untold = $untold -join '; ' }
}

function Write-Log {
    param([Parameter(Mandatory)][string]$Text)
    $file = [IO.FileInfo]::new($log)
    if ($file.Exists -and $file.Length -gt $largestLog) {
        [IO.File]::Delete("$log.1")
        [IO.File]::Move($log, "$log.1")
    }
    [IO.File]::AppendAllText($log, "$([DateTime]::UtcNow.ToString('o')) $Text`r`n")
}

# apply or check, as the policy says of drift. The program reads it anew, and refuses one that is none.
function Get-Order {
    if (-not [IO.File]::Exists($Policy)) { return 'apply' }
    try {
        $read = ConvertFrom-Json -InputObject ([IO.File]::ReadAllText($Policy))
        $onDrift = $read.PSObject.Properties['onDrift']
        if ($null -eq $onDrift -or $onDrift.Value -ne 'report') { return 'apply' }
    }
    catch { Write-Log "$Policy could not be read: $($_.Exception.Message)" }
    'check'
}

# Its exit code; -1 when it did not end in five minutes.
function Invoke-Program {
    param([Parameter(Mandatory)][string]$Order)
    $arguments = @($program.Arguments) + @($Order, '--no-color')
    $process = Start-Process -FilePath $program.Path -ArgumentList $arguments -NoNewWindow -PassThru -RedirectStandardOutput $output -RedirectStandardError "$output.errors"
    # Without its handle the exit code is lost.
    [void]$process.Handle
    $code = -1
    if ($process.WaitForExit(300000)) { $code = $process.ExitCode } else { $process.Kill() }
    foreach ($file in @($output, "$output.errors")) {
        $text = [IO.File]::ReadAllText($file).Trim()
        if ($text) { Write-Log $text }
    }
    $code
}

# What is wrong is told before the program repairs it, also what was wrong when the host started.
function Invoke-Look {
    $seen = Get-Standing
    if ($seen.Said -eq $script:known.Said -and $script:sinceFull -lt $FullSeconds) { return }
    if ($seen.Wrong -and $seen.Wrong -ne $script:known.Wrong) { Write-HostEvent -Kind Warning -Message "drifted: $($seen.Wrong)" }
    if ($seen.Untold -and $seen.Untold -ne $script:known.Untold) { Write-HostEvent -Kind Warning -Message "could not tell: $($seen.Untold)" }
    $script:sinceFull = 0
    $order = Get-Order
    $code = Invoke-Program $order
    if ($code -ne 0) { Write-HostEvent -Kind Error -Message "taskfence $order ended with exit code ${code}: see $log" }
    $script:known = Get-Standing
    if ($seen.Wrong -and -not "$($script:known.Wrong)$($script:known.Untold)") { Write-HostEvent -Kind Information -Message "repaired: $($seen.Wrong)" }
}

Initialize-DataFolder -Path $DataFolder
Register-EventSource
# Without events it still looks every few seconds.
try { Register-NetworkChange } catch { Write-Log "no network events: $($_.Exception.Message)" }
$known = [pscustomobject]@{ Said = ''; Wrong = ''; Untold = '' }
$sinceFull = $FullSeconds
$trouble = ''
for ($look = 1; $Looks -eq 0 -or $look -le $Looks; $look++) {
    try {
        Invoke-Look
        $trouble = ''
    }
    catch {
        # Told once; the next look may go well.
        if ("$_" -ne $trouble) { Write-HostEvent -Kind Error -Message "a look ended early: $_" }
        $trouble = "$_"
    }
    $before = [DateTime]::UtcNow
    [void](Wait-Event -SourceIdentifier taskfence -Timeout $EverySeconds)
    # A network that is being made changes many times: one look for all of it.
    Start-Sleep -Seconds 1
    Get-Event | Where-Object { $_.SourceIdentifier -eq 'taskfence' } | ForEach-Object { Remove-Event -EventIdentifier $_.EventIdentifier }
    $sinceFull += [Math]::Max(1, ([DateTime]::UtcNow - $before).TotalSeconds)
}
